"""Checks of the environment: URLs of webhooks, the secret store, and the clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from ipaddress import ip_address

from pdslack_cli.clients.http.calls import NAMES, Provider
from pdslack_cli.clients.http.readers import map_concurrently
from pdslack_cli.clients.reachability import unreachable_reason
from pdslack_cli.config.stack import Stack
from pdslack_cli.doctor.context import DoctorContext, Facts
from pdslack_cli.doctor.finding import DoctorFinding, FindingLevel
from pdslack_cli.engine.live import LiveState
from pdslack_cli.engine.slack_app.workflows import apps_of
from pdslack_cli.engine.storage.secrets import SecretStoreError, missing_secrets, secrets_lost_in_ci
from pdslack_cli.kinds import kind_of
from pdslack_cli.kinds.pagerduty.outbound.webhook import Webhook
from pdslack_cli.kinds.slack.channel_spec import Channel
from pdslack_cli.kinds.slack.incoming_webhook import HOW_TO_MAKE
from pdslack_cli.model import Ref, host_of

MOST_SKEW = timedelta(minutes=1)


def find_secrets(context: DoctorContext, facts: Facts) -> Iterator[DoctorFinding]:
    """Check that secrets which are shown once can be stored, and that none is missing."""
    makers = [ref for ref, entry in context.stack.wanted.items() if kind_of(ref).secret_of(entry.spec)]
    if not (makers or apps_of(context.stack)):
        return
    try:
        context.secrets.check_writable()
        absent = [ref for ref in makers if facts.ownership.matches[ref].live is None]
        lost = [] if context.sandboxed else [*secrets_lost_in_ci(context.environ, absent)]
        missing = list(missing_secrets(context.stack, LiveState(facts.objects), context.secrets))
    except SecretStoreError as error:
        yield DoctorFinding.of_error("secrets", error)
        return
    if lost:
        yield from (DoctorFinding.of_problem("secrets", problem) for problem in lost)
        return
    yield from (DoctorFinding.of_problem("secrets", problem, FindingLevel.WARNING) for problem in missing)
    if not missing:
        yield DoctorFinding(
            FindingLevel.OK, "secrets", "secrets that are shown once can be stored, and none is missing"
        )


def active_webhooks(stack: Stack) -> Mapping[Ref, Webhook]:
    """The webhooks that are active."""
    return {
        ref: entry.spec
        for ref, entry in stack.wanted.items()
        if isinstance(entry.spec, Webhook) and entry.spec.active
    }


def find_silent_webhooks(context: DoctorContext) -> Iterator[DoctorFinding]:
    """Check whether the URLs of webhooks answer, as far as can be seen from here."""
    webhooks = active_webhooks(context.stack)
    bundle = context.settings().ca_bundle
    urls = list(dict.fromkeys(webhook.url for webhook in webhooks.values()))
    silences = dict(
        zip(urls, map_concurrently(urls, lambda url: unreachable_reason(url, bundle)), strict=True)
    )
    for ref, webhook in webhooks.items():
        yield _webhook_finding(context, ref, webhook.url, silences[webhook.url])


def _webhook_finding(context: DoctorContext, ref: Ref, url: str, reason: str) -> DoctorFinding:
    host = host_of(url)
    location = context.stack.field_location(ref, "url")
    if reason:
        what = f"{ref}: {host} does not answer from here: {reason}"
        cure = "start the receiver, or correct `url`: PagerDuty eventually drops what it cannot deliver"
        return DoctorFinding(FindingLevel.WARNING, "webhooks", what, cure, location)
    if _is_local(host) and not context.sandboxed:
        what = f"{ref}: {host} answers here, but PagerDuty cannot reach an address of this network"
        return DoctorFinding(
            FindingLevel.WARNING,
            "webhooks",
            what,
            "set a public `url`, for example through a tunnel",
            location,
        )
    return DoctorFinding(FindingLevel.OK, "webhooks", f"{ref}: {host} answers")


def find_incoming_webhooks(stack: Stack) -> Iterator[DoctorFinding]:
    """Yield a finding for each incoming webhook of a channel, with how to create it if it is missing."""
    for ref, entry in stack.wanted.items():
        spec = entry.spec
        if not isinstance(spec, Channel) or "incoming_webhook" not in spec.model_fields_set:
            continue
        if spec.incoming_webhook:
            yield DoctorFinding(
                FindingLevel.OK, "webhooks", f"{ref}: the address of its incoming webhook is set"
            )
        else:
            yield DoctorFinding(
                FindingLevel.WARNING,
                "webhooks",
                f"{ref}: the address of its incoming webhook is not set",
                HOW_TO_MAKE.format(channel=spec.name),
                stack.field_location(ref, "incoming_webhook"),
            )


def _is_local(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def compare_clocks(context: DoctorContext) -> Iterator[DoctorFinding]:
    """Compare this machine's clock with the vendors', by the dates of their answers."""
    ahead: dict[Provider, timedelta | None] = {
        "pagerduty": context.clients.pagerduty.clock_ahead,
        "slack": context.clients.slack.clock_ahead,
    }
    known = {provider: skew for provider, skew in ahead.items() if skew is not None}
    for provider, skew in known.items():
        if abs(skew) > MOST_SKEW:
            side = "behind" if skew > timedelta() else "ahead of"
            minutes = round(abs(skew) / timedelta(minutes=1))
            what = f"this machine's clock is {minutes} min {side} {NAMES[provider]}'s"
            cure = "sync it with a time server (NTP): signatures and on-call rotations depend on it"
            yield DoctorFinding(FindingLevel.WARNING, "clock", what, cure)
            return
    if known:
        yield DoctorFinding(FindingLevel.OK, "clock", "this machine's clock agrees with the vendors'")
