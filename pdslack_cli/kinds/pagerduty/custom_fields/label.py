"""What people see of incident types and custom fields: a label, which no other one of the kind may have."""

from __future__ import annotations

from collections.abc import Mapping

from pdslack_cli.clients.http.vendor_json import text_or_none
from pdslack_cli.kinds.base.namespace import Namespace
from pdslack_cli.kinds.base.spec import Resource, S
from pdslack_cli.kinds.pagerduty.base import PagerDutyKind
from pdslack_cli.model import Json, Live, Name


class LabelledKind(PagerDutyKind[S]):
    """A kind whose labels PagerDuty gives out once (pagerduty.md 5.5, 8.4); its names never change."""

    @property
    def namespaces(self) -> Mapping[str, Namespace]:
        return {**super().namespaces, "label": Namespace(f"label of {self.title}")}

    def live_name(self, live: Live, field: str) -> str:
        return str(label_of(live)) if field == "label" else live.name

    def wanted_name(self, spec: Resource, field: str) -> str:
        return super().wanted_name(spec, field) or spec.name


def label_of(live: Live) -> Name:
    """Return what the web interface calls a type or a field."""
    return Name(text_or_none(live.raw, "display_name") or live.name)


def label_details(live: Live) -> Json:
    """Return the label for a list, where it is not the name."""
    label = str(label_of(live))
    return {"display_name": label} if label != live.name else {}
