"""Checks that need no further call: look-ups, scopes, the account's plan, archived channels."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from pdslack_cli.clients.slack import VARIABLES, Token
from pdslack_cli.doctor.context import Facts
from pdslack_cli.doctor.finding import DoctorFinding, FindingLevel
from pdslack_cli.kinds import MANAGED_NAMED, kind_of
from pdslack_cli.kinds.pagerduty.abilities import ABILITIES
from pdslack_cli.kinds.slack.scopes import FEATURES, Feature, Use
from pdslack_cli.model import Ref


def find_looked_up(facts: Facts) -> Iterator[DoctorFinding]:
    """Check that the objects exist that the stack only refers to: people, channels, priorities."""
    found = 0
    for ref, match in facts.ownership.matches.items():
        if ref.kind not in facts.objects or not match.entry.spec.lookup:
            continue
        if match.problem is None:
            found += 1
        elif ref in facts.stack.referred or ref.kind in MANAGED_NAMED:
            yield DoctorFinding.of_problem("references", match.problem)
        elif _is_sibling(ref, facts):
            yield DoctorFinding.of_problem("references", match.problem, FindingLevel.WARNING)
    if found:
        yield DoctorFinding(
            FindingLevel.OK,
            "references",
            f"{found} people and other things that the file refers to exist",
        )


def _is_sibling(ref: Ref, facts: Facts) -> bool:
    """Whether the file needs this person only in the other product."""
    path = facts.stack.entries[ref].path
    return any(facts.stack.entries[other].path == path for other in facts.stack.referred)


def compare_scopes(facts: Facts, granted: Mapping[Token, Collection[str]]) -> Iterator[DoctorFinding]:
    """Compare the scopes that the file needs with those of each token."""
    for token, scopes in granted.items():
        features = [feature for feature in FEATURES if feature.token == token]
        needed: dict[str, None] = {}
        for feature in features:
            uses = [use for use in facts.uses() if feature.is_in(use)]
            if not uses:
                continue
            needed |= dict.fromkeys(feature.scopes)
            for scope in feature.scopes:
                if scope not in scopes:
                    yield _lacks(token, scope, feature, uses)
        if needed.keys() <= set(scopes) and features:
            surplus = len(set(scopes) - needed.keys())
            more = f", and {surplus} more than it needs" if surplus else ""
            what = f"{VARIABLES[token]} has every scope that this file needs ({', '.join(needed) or 'none'})"
            yield DoctorFinding(FindingLevel.OK, "scopes", what + more)


def _lacks(token: Token, scope: str, feature: Feature, uses: Sequence[Use]) -> DoctorFinding:
    # What a bot does every day, a user's token does when something is to come back.
    pressing = token == "bot" or any(use.live and use.live.retired for use in uses)  # noqa: S105 - its kind
    others = f" and {len(uses) - 1} more" if len(uses) > 1 else ""
    return DoctorFinding(
        FindingLevel.ERROR if pressing else FindingLevel.WARNING,
        "scopes",
        f"{VARIABLES[token]} lacks {scope}, for {feature.title} ({uses[0].ref}{others})",
        f"add {scope} to the {token}'s scopes under OAuth & Permissions, reinstall the app, and "
        f"set {VARIABLES[token]} to its new token",
    )


def compare_abilities(facts: Facts, abilities: Collection[str]) -> Iterator[DoctorFinding]:
    """Report abilities that the file uses and the account's plan lacks."""
    missing = False
    for ability in ABILITIES:
        using = [ref for ref, entry in facts.stack.entries.items() if ability.is_in(entry.spec)]
        if using and ability.name not in abilities:
            missing = True
            yield DoctorFinding(
                FindingLevel.ERROR,
                "plan",
                f"this account's plan lacks {ability.title} (ability {ability.name}), which {using[0]} uses",
                "remove it from the file, or upgrade the account's plan",
                facts.stack.location(using[0]),
            )
    if not missing:
        yield DoctorFinding(
            FindingLevel.OK, "plan", "the account's plan has every ability that this file needs"
        )


def find_archived(facts: Facts, *, restorable: bool) -> Iterator[DoctorFinding]:
    """Report archived objects that the file manages, where no token can restore them."""
    for ref in facts.stack.wanted if not restorable else ():
        match = facts.ownership.matches[ref]
        if match.live and match.live.retired:
            yield DoctorFinding(
                FindingLevel.ERROR,
                "references",
                f"{ref} is archived",
                kind_of(ref).restore_hint,
                facts.stack.location(ref),
            )
