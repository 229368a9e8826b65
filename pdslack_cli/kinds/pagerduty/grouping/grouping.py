"""How alerts become incidents: the ways of grouping, and both lenses (pagerduty.md 5.3)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    PlainSerializer,
    Tag,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from pdslack_cli.kinds.base.spec import Spec
from pdslack_cli.kinds.fields import written
from pdslack_cli.kinds.fields.durations import Duration, within
from pdslack_cli.kinds.fields.recommended import OrRecommended, Recommended, from_wire, settled, to_wire
from pdslack_cli.kinds.fields.scalars import problem
from pdslack_cli.kinds.lenses.export_notes import as_comment, unwritable_fields
from pdslack_cli.kinds.mark import split_mark
from pdslack_cli.model import DURATION_PATTERN, Json
from pdslack_cli.suggest import nearest, one_of

DAY = Duration(86_400)
FOREVER = Duration(0)
UNTIL_RESOLVED = "until-resolved"

_ABOUT_WINDOW = Field(
    description="the longest time between two alerts of one incident; `recommended`: as PagerDuty calculates"
)


_FIELDS = ("summary", "source", "severity", "component", "group", "class")
_FIELD_PATTERN = rf"{'|'.join(_FIELDS)}|custom_details(\.[^.\s]+)+"


def _alert_field(field: str) -> str:
    if not re.fullmatch(_FIELD_PATTERN, field):
        bare = field.removeprefix("event.")
        near = bare if re.fullmatch(_FIELD_PATTERN, bare) else nearest(field, _FIELDS)
        known = f"write one of {', '.join(_FIELDS)}, or custom_details.NAME"
        raise problem(f"{field!r} is not a field of alerts", f"did you mean {near!r}?" if near else known)
    return field


AlertField = Annotated[
    str, AfterValidator(_alert_field), written.text("alert field", _FIELD_PATTERN, "component")
]


def _in_one_order(fields: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(fields)))


def _forever(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    return FOREVER if value == UNTIL_RESOLVED else read(value)


_ANY_WINDOW = within("1m", "24h")


class ByTime(Spec):
    """Groups all alerts within a period of time."""

    by: Annotated[Literal["time"], Field(description="`time`: all alerts of a period")]
    window: Annotated[
        Duration,
        _ANY_WINDOW,
        WrapValidator(_forever),
        PlainSerializer(lambda window: str(window) if window else UNTIL_RESOLVED),
        written.text(
            f"duration | {UNTIL_RESOLVED}",
            f"{UNTIL_RESOLVED}|{DURATION_PATTERN}",
            *("10m", UNTIL_RESOLVED),
            limit=str(_ANY_WINDOW),
        ),
    ] = Field(
        default_factory=lambda: FOREVER,
        description="how long an incident takes alerts, from its first one on; until-resolved, if left out",
    )


class ByIntelligence(Spec):
    """Groups alerts that PagerDuty considers similar."""

    by: Annotated[
        Literal["intelligent"], Field(description="`intelligent`: alerts that PagerDuty finds alike")
    ]
    fields: Annotated[
        tuple[str, ...],
        Field(min_length=1, description="what is compared"),
        AfterValidator(_in_one_order),
    ] = ("summary",)
    window: Annotated[Duration, within("5m", "1h"), OrRecommended(), _ABOUT_WINDOW]


class ByContent(Spec):
    """Groups alerts with equal values in some fields."""

    by: Annotated[
        Literal["content", "content-and-intelligent"],
        Field(
            description="`content`: alerts with equal values in `fields`; "
            "`content-and-intelligent`: that are also alike"
        ),
    ]
    fields: Annotated[
        tuple[AlertField, ...],
        Field(min_length=1, description=f"what is compared: {', '.join(_FIELDS)}, custom_details.NAME"),
        AfterValidator(_in_one_order),
    ]
    match: Annotated[Literal["all", "any"], Field(description="whether all fields must agree, or any")] = (
        "all"
    )
    window: Annotated[
        Duration,
        OrRecommended(),
        _ABOUT_WINDOW,
        Field(json_schema_extra={written.X_LIMIT: "from 5m to 1h, or 1d with `by: content`"}),
    ]

    @model_validator(mode="after")
    def _window_fits(self) -> Self:
        hour = Duration(3600)
        whole_day = self.by == "content" and self.window == DAY
        chosen = isinstance(self.window, Recommended)
        if not (chosen or Duration(300) <= self.window <= hour or whole_day):
            more = ", or 24h" if self.by == "content" else ""
            message = f"a window of {self.window} is out of range"
            raise problem(message, f"from 5m to 1h{more}", ("window",), needs=("by", "window"))
        return self


_FORMS = {
    "content": "content",
    "content-and-intelligent": "content",
    "time": "time",
    "intelligent": "intelligent",
}


def _form(value: Any) -> str | None:
    if value is None:
        return "none"
    by = value.get("by") if isinstance(value, dict) else getattr(value, "by", None)
    return _FORMS.get(by) if isinstance(by, str) else None


def _known_form(value: Any) -> Any:
    if isinstance(value, str) and value in _FORMS:
        raise problem(f"expected a mapping, got {value!r}", f"write {_EXAMPLES[value]}")
    if isinstance(value, dict) and "by" in value and _form(value) is None:
        by = value["by"]
        raise problem(*one_of(_FORMS, by), ("by",))
    if isinstance(value, dict) and "by" not in value and isinstance(wire := value.get("type"), str):
        # The form of PagerDuty's API and of Terraform: its type says which example fits.
        raise problem(_NO_FORM, f"write {_EXAMPLES.get(_WORDS.get(wire, wire), _EXAMPLES['time'])}")
    return value


_NO_FORM = f"expected a mapping with `by`: {', '.join(_FORMS)}"
_EXAMPLES = {
    "content": "{by: content, fields: [component], window: 5m}",
    "content-and-intelligent": "{by: content-and-intelligent, fields: [component], window: 5m}",
    "time": "{by: time, window: 10m}",
    "intelligent": "{by: intelligent, window: 10m}",
}

AlertGrouping = Annotated[
    Annotated[ByContent, Tag("content")]
    | Annotated[ByTime, Tag("time")]
    | Annotated[ByIntelligence, Tag("intelligent")]
    | Annotated[None, Tag("none")],
    Discriminator(
        _form,
        custom_error_type="pdslack",
        custom_error_message="{message}",
        custom_error_context={
            "message": _NO_FORM,
            "hint": f"write {_EXAMPLES['time']}",
        },
    ),
    BeforeValidator(_known_form),
]

Grouping = ByContent | ByTime | ByIntelligence

# --- lenses ----------------------------------------------------------------------------------------

_WIRE = {"content": "content_based", "content-and-intelligent": "content_based_intelligent"}
_WORDS: Mapping[str, Any] = {wire: word for word, wire in _WIRE.items()}


def encode_grouping(grouping: Grouping) -> Json:
    """Return the type and the configuration of a setting."""
    if isinstance(grouping, ByTime):
        return {"type": "time", "config": {"timeout": int(grouping.window)}}
    if isinstance(grouping, ByIntelligence):
        config: Json = {"time_window": to_wire(grouping.window), "iag_fields": list(grouping.fields)}
        return {"type": "intelligent", "config": config}
    return {
        "type": _WIRE.get(grouping.by, grouping.by),
        "config": {
            "aggregate": grouping.match,
            "fields": list(grouping.fields),
            "time_window": to_wire(grouping.window),
        },
    }


def decode_grouping(setting: Json) -> Grouping:
    """Convert a setting to a spec; an unknown type is kept, and is invalid in a file."""
    config = setting.get("config") or {}
    window = from_wire(config.get("time_window"), config.get("recommended_time_window"))
    if setting["type"] == "time":
        return ByTime(by="time").model_copy(update={"window": Duration(config.get("timeout") or 0)})
    if setting["type"] == "intelligent":
        fields = tuple(sorted(config.get("iag_fields") or ["summary"]))
        return ByIntelligence.model_construct(by="intelligent", fields=fields, window=window)
    return ByContent.model_construct(
        by=_WORDS.get(setting["type"], setting["type"]),
        fields=tuple(sorted(config.get("fields") or ())),
        match=config.get("aggregate") or "all",
        window=window,
    )


def settled_grouping(wanted: AlertGrouping, live: AlertGrouping) -> AlertGrouping:
    """Return the wanted grouping, with the recommended window of the live one if it follows that."""
    if wanted is None or type(wanted) is not type(live):
        return wanted
    return wanted.model_copy(update={"window": settled(wanted.window, live.window)})


def export_notes(grouping: AlertGrouping, setting: Json, service: str) -> Iterable[str]:
    """Describe what a setting has besides its grouping; our settings are named after their service."""
    encoded = encode_grouping(grouping) if grouping else {}
    text, _ = split_mark(setting.get("description"))
    held = {**setting, "description": text}
    usual = {"name": service, "description": ""}
    yield from as_comment(unwritable_fields(held, encoded, usual), "its alert grouping")
