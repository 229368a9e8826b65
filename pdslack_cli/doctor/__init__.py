"""The doctor: check whether tokens, plan, people and environment would let an apply succeed.

It only reads, reports all findings at once, and says how to fix each.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from pdslack_cli.clients import Clients
from pdslack_cli.clients.http.readers import ReadWatcher
from pdslack_cli.clients.http.vendor_json import reads_answers
from pdslack_cli.clients.settings import SecretName
from pdslack_cli.clients.slack import VARIABLES, Token
from pdslack_cli.doctor.apps import find_apps
from pdslack_cli.doctor.checks import (
    compare_abilities,
    compare_scopes,
    find_archived,
    find_looked_up,
)
from pdslack_cli.doctor.context import DoctorContext, Facts
from pdslack_cli.doctor.environment import (
    active_webhooks,
    compare_clocks,
    find_incoming_webhooks,
    find_secrets,
    find_silent_webhooks,
)
from pdslack_cli.doctor.finding import DoctorFinding, FindingLevel
from pdslack_cli.doctor.posting import find_double_posts
from pdslack_cli.doctor.reading import SCOPES, read_facts
from pdslack_cli.doctor.tokens import try_tokens
from pdslack_cli.doctor.unfit import find_unfit
from pdslack_cli.errors import ApiError

__all__ = ["DoctorContext", "DoctorFinding", "FindingLevel", "run_checks"]


def run_checks(
    context: DoctorContext,
    watch: Callable[[str], None] = lambda _: None,
    count: ReadWatcher | None = None,
    *,
    webhooks: bool = True,
) -> list[DoctorFinding]:
    """Run all checks and return their findings by topic. Writes nothing at any vendor.

    `watch` gets the title of the next step, `count` how much is read. `webhooks`: whether their URLs are
    asked for an answer.
    """
    return list(dict.fromkeys(_findings(context, watch, count, webhooks=webhooks)))


def _findings(
    context: DoctorContext, watch: Callable[[str], None], count: ReadWatcher | None, *, webhooks: bool
) -> Iterator[DoctorFinding]:
    watch("Checking the tokens")
    tokens = try_tokens(context)
    yield from tokens.findings
    watch("Reading the objects of the file")
    facts, refusals = read_facts(context, tokens.working, count)
    lacks = list(compare_scopes(facts, _granted(context, tokens.working)))
    yield from lacks
    if "PAGERDUTY_API_KEY" in tokens.working:
        yield from _abilities(context, facts)
    # A read that lacked a scope is reported already, by the scope that the file needs.
    reported = any(finding.level is FindingLevel.ERROR for finding in lacks)
    yield from (refusal for refusal in refusals if refusal.check != SCOPES or not reported)
    yield from find_looked_up(facts)
    yield from find_unfit(context, facts)
    yield from find_archived(facts, restorable="SLACK_USER_TOKEN" in tokens.working)
    yield from find_double_posts(facts)
    if webhooks and active_webhooks(context.stack):
        watch("Checking the URLs of webhooks")
        yield from find_silent_webhooks(context)
    yield from find_apps(context, facts, readable="SLACK_CONFIG_TOKEN" in tokens.working)
    yield from find_incoming_webhooks(context.stack)
    yield from find_secrets(context, facts)
    yield from compare_clocks(context)


def _granted(context: DoctorContext, working: Collection[SecretName]) -> dict[Token, frozenset[str]]:
    """The scopes of the bot's and the user's token, as Slack's answers named them."""
    scopes = context.clients.slack.scopes
    chosen: tuple[Token, ...] = ("bot", "user")
    return {token: scopes[token] for token in chosen if VARIABLES[token] in working and token in scopes}


def _abilities(context: DoctorContext, facts: Facts) -> Iterator[DoctorFinding]:
    try:
        abilities = _abilities_of(context.clients)
    except ApiError as error:
        yield DoctorFinding.of_error("plan", error)
    else:
        yield from compare_abilities(facts, abilities)


@reads_answers
def _abilities_of(clients: Clients) -> frozenset[str]:
    return frozenset(map(str, clients.pagerduty.get("/abilities")["abilities"]))
