"""What a mail integration makes of its mail: modes, filters and parsers (pagerduty.md 5.2).

The names are those of PagerDuty's API, without its `email_`.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pdslack_cli.kinds.base.spec import Spec
from pdslack_cli.kinds.fields.scalars import FILLED, problem
from pdslack_cli.model import Json

PARTS = ("subject", "body", "from_email")
Part = Literal["subject", "body", "from_addresses"]
Mode = Literal["match", "no-match", "always"]
INCIDENT_KEY = "incident_key"

_MODE = Field(description="`match`, `no-match`, or `always`: this part is not tested")
_REGEX = Field(description="the regular expression of the test")


class MailFilter(Spec):
    """A test of a mail: all of its parts must pass."""

    subject_mode: Annotated[Mode, _MODE] = "always"
    subject_regex: Annotated[str | None, _REGEX] = None
    body_mode: Annotated[Mode, _MODE] = "always"
    body_regex: Annotated[str | None, _REGEX] = None
    from_email_mode: Annotated[Mode, _MODE] = "always"
    from_email_regex: Annotated[str | None, _REGEX] = None

    @model_validator(mode="after")
    def _regex_where_tested(self) -> Self:
        for part in PARTS:
            tested, regex = getattr(self, f"{part}_mode") != "always", getattr(self, f"{part}_regex")
            if tested != bool(regex):
                word = "needs" if tested else "is not tested, and has"
                hint = f"write `{part}_mode: match` and `{part}_regex: …`, or neither"
                raise problem(f"{part} {word} a regular expression", hint)
        return self


class MailPredicate(Spec):
    """Which mails a parser reads: a test of one part, or of other predicates."""

    type: Annotated[
        Literal["all", "any", "not", "contains", "exactly", "regex"],
        Field(description="how `children` are joined, or how `matcher` is compared"),
    ]
    part: Annotated[Part | None, Field(description="the part of the mail that is tested")] = None
    matcher: Annotated[str | None, FILLED, Field(description="what it is compared with")] = None
    children: Annotated[tuple[MailPredicate, ...], Field(description="the predicates that are joined")] = ()

    @model_validator(mode="after")
    def _has_what_its_type_needs(self) -> Self:
        joins = self.type in {"all", "any", "not"}
        needed = bool(self.children) and not (self.part or self.matcher)
        if joins and not needed:
            raise problem(
                f"a predicate of type {self.type!r} needs `children` alone", "list predicates there"
            )
        if not joins and not (self.part and self.matcher and not self.children):
            message = f"a predicate of type {self.type!r} needs `part` and `matcher` alone"
            raise problem(message, "such as {type: contains, part: subject, matcher: ALERT}")
        return self


class MailExtractor(Spec):
    """A value that a parser takes out of a mail."""

    value_name: Annotated[str, FILLED, Field(description="its name; `incident_key` groups alerts")]
    part: Annotated[Part, Field(description="the part of the mail that has it")]
    type: Annotated[
        Literal["entire", "regex", "between"],
        Field(description="the whole part, what a regular expression finds, or the text between two others"),
    ]
    regex: Annotated[str | None, Field(description="for `regex`: its first group is the value")] = None
    starts_after: Annotated[str | None, Field(description="for `between`: the text before the value")] = None
    ends_before: Annotated[str | None, Field(description="for `between`: the text behind the value")] = None


class MailParser(Spec):
    """What happens to mails that a predicate fits."""

    action: Annotated[Literal["trigger", "resolve"], Field(description="what the alert does")] = "trigger"
    match_predicate: Annotated[MailPredicate, Field(description="which mails it reads")]
    value_extractors: Annotated[
        tuple[MailExtractor, ...], Field(description="what it takes out; one of them is the `incident_key`")
    ]

    @model_validator(mode="after")
    def _has_one_key(self) -> Self:
        if [each.value_name for each in self.value_extractors].count(INCIDENT_KEY) != 1:
            message = "exactly one of `value_extractors` must have `value_name: incident_key`"
            raise problem(message, "it decides which mails belong to one alert", ("value_extractors",))
        return self


class Mail(Spec):
    """How mail becomes alerts and incidents. What is left out is not managed."""

    incident_creation: Annotated[
        Literal["on_new_email", "on_new_email_subject", "only_if_no_open_incidents", "use_rules"],
        Field(description="which mails make an incident; `use_rules`: those that `parsers` trigger on"),
    ] = "on_new_email"
    filter_mode: Annotated[
        Literal["all-email", "or-rules-email", "and-rules-email"],
        Field(description="whether all mails are taken, or those that any or all of `filters` fit"),
    ] = "all-email"
    filters: Annotated[tuple[MailFilter, ...], Field(description="tests of mails, for `filter_mode`")] = ()
    parsers: Annotated[tuple[MailParser, ...], Field(description="how mails are read, in order")] = ()
    parsing_fallback: Annotated[
        Literal["open_new_incident", "discard"], Field(description="for mails that no parser fits")
    ] = "open_new_incident"

    def is_met_by(self, live: Mail | None) -> bool:
        """Return whether the live settings are these, as far as these are set."""
        there = live or Mail()
        return all(getattr(self, name) == getattr(there, name) for name in self.model_fields_set)

    def laid_over(self, live: Mail | None) -> Mail:
        """Return the settings as they read back: those that are not set stay."""
        kept = set() if live is None else live.model_fields_set - self.model_fields_set
        return self.model_copy(update={name: getattr(live, name) for name in kept})


# --- lenses ----------------------------------------------------------------------------------------

_NO_FILTER = {f"{part}_mode": "always" for part in PARTS}


def encode_mail(mail: Mail) -> Json:
    """Convert the settings that are set to PagerDuty's form."""
    body: Json = mail.model_dump(
        include={"incident_creation", "filter_mode", "parsing_fallback"}, exclude_unset=True
    )
    if "filters" in mail.model_fields_set:
        body["filters"] = [_filled(each) for each in mail.filters] or [dict(_NO_FILTER)]
    if "parsers" in mail.model_fields_set:
        parsers = [each.model_dump(mode="json", exclude_defaults=True) for each in mail.parsers]
        body["parsers"] = [{"action": "trigger", **each} for each in parsers] or None
    return {f"email_{name}": value for name, value in body.items()}


def _filled(each: MailFilter) -> Json:
    return {**_NO_FILTER, **each.model_dump(exclude_defaults=True)}


def decode_mail(raw: Json) -> Mail | None:
    """Convert the settings of a live integration; None where they are what a new one has."""
    filters = [_decoded_filter(each) for each in raw.get("email_filters") or ()]
    mail = Mail.from_wire(
        incident_creation=raw.get("email_incident_creation"),
        filter_mode=raw.get("email_filter_mode"),
        filters=tuple(each for each in filters if each.model_fields_set),
        parsers=tuple(_decoded_parser(each) for each in raw.get("email_parsers") or ()),
        parsing_fallback=raw.get("email_parsing_fallback"),
    )
    return mail if mail.model_fields_set else None


def _decoded_filter(raw: Json) -> MailFilter:
    tested = [part for part in PARTS if raw.get(f"{part}_mode") != "always"]
    return MailFilter.from_wire(
        **{f"{part}_{word}": raw.get(f"{part}_{word}") for part in tested for word in ("mode", "regex")}
    )


def _decoded_parser(raw: Json) -> MailParser:
    extractors = [
        MailExtractor.from_wire(
            **{name: each.get(name) for name in ("value_name", "part", "type", "regex", "starts_after")},
            ends_before=each.get("ends_before") or each.get("ends_with"),
        )
        for each in raw.get("value_extractors") or ()
    ]
    return MailParser.from_wire(
        action=raw.get("action"),
        match_predicate=_decoded_predicate(raw["match_predicate"]),
        value_extractors=tuple(extractors),
    )


def _decoded_predicate(raw: Json) -> MailPredicate:
    children = tuple(_decoded_predicate(each) for each in raw.get("children") or ())
    return MailPredicate.from_wire(
        type=raw["type"], part=raw.get("part"), matcher=raw.get("matcher"), children=children
    )
