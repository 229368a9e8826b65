"""The integrations of an event orchestration: labels, with a routing key each (pagerduty.md 7.2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pdslack_cli.clients.create_once import create_once, withdraw_younger
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.fields.scalars import problem
from pdslack_cli.kinds.pagerduty.base import remove
from pdslack_cli.kinds.pagerduty.orchestration.paths import PATHS
from pdslack_cli.model import Json, Live

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

# PagerDuty gives a new orchestration one integration, with this at the end of its label.
DEFAULT = " Default Integration"

Labels = tuple[str, ...]


def unique_labels(labels: Labels) -> Labels:
    """Validate that the labels are unique."""
    for label in labels:
        if labels.count(label) > 1:
            raise problem(f"two integrations have the label {label!r}", "give one of them another label")
    return labels


def merged(wanted: Sequence[str], live: Sequence[str], *, exact: bool) -> Labels:
    """Return the labels after the wanted ones are added; others stay unless `exact`.

    The first new one replaces the label of the integration that PagerDuty created by default.
    """
    missing = [label for label in wanted if label not in live]
    kept = [label for label in live if label in wanted or not (exact or _is_default(live, missing))]
    return (*kept, *missing)


def lost(before: Sequence[str], after: Sequence[str]) -> Iterable[str]:
    """Return the labels whose keys stop working."""
    return () if _is_default(before, after) else [label for label in before if label not in after]


def _is_default(live: Sequence[str], missing: Sequence[str]) -> bool:
    """Return whether a new label replaces the only label, which PagerDuty created by default."""
    return is_default(live) and len(missing) > 0


def is_default(labels: Sequence[str]) -> bool:
    """Return whether there is only the integration that PagerDuty created by default."""
    return len(labels) == 1 and labels[0].endswith(DEFAULT)


def read_integrations(clients: Clients, orchestration_id: str) -> list[Json]:
    """Read the integrations, which lists of orchestrations do not include."""
    return clients.pagerduty.list(f"{PATHS}/{orchestration_id}/integrations", "integrations", paged=False)


def write_integrations(session: Session, live: Live, wanted: Labels, *, exact: bool) -> None:
    """Create, rename and delete integrations of an orchestration to match the wanted labels."""
    path = f"{PATHS}/{live.id}/integrations"
    clients = session.clients
    left = list(_there(session, live))
    after = merged(wanted, [raw["label"] for raw in left], exact=exact)
    labels = [raw["label"] for raw in left]
    new = [label for label in after if label not in labels]
    gone = [raw for raw in left if raw["label"] not in after]
    if _is_default(labels, new) and gone:
        body = {"integration": {"label": new.pop(0)}}
        clients.pagerduty.update(f"{path}/{gone.pop()['id']}", body)
    for raw in gone:
        remove(clients, f"{path}/{raw['id']}")
    made = [_create(session, live, path, label) for label in new]
    if not live.new:
        withdraw_younger(
            made,
            lambda: read_integrations(clients, live.id),
            {raw["id"] for raw in left},
            lambda raw: raw["label"],
            lambda raw: remove(clients, f"{path}/{raw['id']}"),
        )


def _there(session: Session, live: Live) -> Sequence[Json]:
    """Return the current integrations; for a new orchestration, from the response that created it."""
    if "integrations" in live.parts:
        return list(live.parts["integrations"])
    if live.new and "integrations" in live.raw:
        return list(live.raw["integrations"] or ())
    return read_integrations(session.clients, live.id)


def _create(session: Session, live: Live, path: str, label: str) -> Json:
    clients = session.clients
    return create_once(
        lambda: dict(clients.pagerduty.create(path, {"integration": {"label": label}})["integration"]),
        lambda: next((raw for raw in read_integrations(clients, live.id) if raw["label"] == label), None),
        unique=False,
        clock=clients.clock,
    )
