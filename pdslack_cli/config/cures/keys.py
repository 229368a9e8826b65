"""Hints for unknown keys and sections."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from pdslack_cli.config.cures.descriptions import shown
from pdslack_cli.config.sections import SECTIONS, TOP_LEVEL_KEYS
from pdslack_cli.config.tokens import NO_TOKENS, TOKEN_KEYS
from pdslack_cli.config.yaml.look_alikes import with_plain_letters
from pdslack_cli.config.yaml.other_formats import other_format
from pdslack_cli.errors import Location, Problem
from pdslack_cli.kinds import KIND_NAMED
from pdslack_cli.kinds.fields.scalars import KEY_HINT
from pdslack_cli.masking import mask_secrets
from pdslack_cli.routing.pcl.fields import FIELDS as EVENT_FIELDS
from pdslack_cli.suggest import nearest

# Words of the vendors' APIs, of Terraform and of everyday use, and the file's: the first that is allowed.
_OTHER_NAMES: Mapping[str, Sequence[str]] = {
    # sections
    "app": ("slack_app",),
    "apps": ("slack_app",),
    "cases": ("tests",),
    "add_ons": ("addons",),
    "connections": ("notification_rules",),
    **dict.fromkeys(("contact_methods", "user_contact_methods", "user_notification_rules"), ("people",)),
    "conversations": ("channels",),
    "environment": ("vars",),
    "env": ("vars",),
    **dict.fromkeys(("for", "for_each", "foreach", "loop", "matrix", "repeat_for"), ("each",)),
    **dict.fromkeys(("table", "data", "csv", "from_file"), ("rows",)),
    **dict.fromkeys(("var", "loop_var", "name_as"), ("as",)),
    **dict.fromkeys(("assert", "asserts", "assertions", "result", "should", "then"), ("expect",)),
    "event_orchestrations": ("routing",),
    "groups": ("user_groups",),
    "locals": ("vars",),
    "message_templates": ("messages",),
    "notifications": ("notification_rules",),
    "orchestration": ("routing",),
    "orchestrations": ("routing",),
    "person": ("people", "who"),
    "persons": ("people",),
    "policies": ("escalation_policies",),
    "router": ("routing",),
    "rulesets": ("routing",),
    "slack_connections": ("notification_rules",),
    "subscriptions": ("webhooks",),
    "templates": ("messages",),
    "user": ("who", "people"),
    "usergroups": ("user_groups",),
    "users": ("people", "members"),
    "variables": ("vars",),
    "webhook_subscriptions": ("webhooks",),
    "incident_workflows": ("workflows",),
    # fields
    **dict.fromkeys(("alias", "mention", "usergroup_handle"), ("handle",)),
    **dict.fromkeys(
        ("catch_all", "catchall", "default", "default_route", "fallback", "otherwise_to"), ("otherwise",)
    ),
    **dict.fromkeys(("delivery_method", "endpoint", "target_url", "uri", "webhook_url"), ("url",)),
    **dict.fromkeys(("dependencies", "supporting_services", "requires", "needs"), ("depends_on",)),
    **dict.fromkeys(("enabled", "is_enabled"), ("enabled", "active")),
    **dict.fromkeys(("end", "end_time", "ends_at", "until"), ("to",)),
    **dict.fromkeys(("invite", "lead", "leads", "managers", "responders"), ("members",)),
    **dict.fromkeys(("phone", "phones"), ("contact_methods",)),
    **dict.fromkeys(("rules", "steps", "tiers"), ("levels",)),
    **dict.fromkeys(("start", "start_time", "starts_at"), ("from",)),
    "global": ("rules",),
    "notification_type": ("audience",),
    "pins": ("pinned",),
    "reason": ("description",),
    "routing_rules": ("routes",),
    **dict.fromkeys(("acktimeout", "ack_timeout"), ("acknowledgement_timeout",)),
    "actions": ("then", "steps"),
    "annotate": ("note",),
    **dict.fromkeys(("extraction", "extractions"), ("set",)),
    "suspend": ("pause",),
    "alert_grouping_parameters": ("alert_grouping",),
    "auto_pause_notifications_parameters": ("auto_pause",),
    "channel": ("to", "channels"),
    "condition": ("if",),
    "conditions": ("if", "triggers"),
    "contact": ("point_of_contact",),
    "cron": ("rotate", "every"),
    "at": ("now",),
    "count": ("repeat",),
    "after": ("escalate_after",),
    "delay": ("escalate_after", "after"),
    "hours": ("support_hours",),
    "input": ("send",),
    "details": ("custom_details",),
    "incident": ("outcome",),
    "desc": ("description", "purpose"),
    "description": ("purpose",),
    "destination": ("to",),
    "escalation_delay_in_minutes": ("escalate_after",),
    "escalation_rules": ("levels",),
    "during_support_hours": ("support_hours",),
    "endpoint_url": ("endpoint",),
    "expression": ("if",),
    "extension_objects": ("services",),
    "extension_schema": ("schema",),
    "filter": ("when", "from"),
    "if": ("when",),
    "in_hours": ("support_hours",),
    **dict.fromkeys(("extends", "inherits", "inherits_from", "base"), ("like",)),
    **dict.fromkeys(("incident_urgency", "incident_urgency_rule"), ("urgency",)),
    **dict.fromkeys(("days_of_week", "weekdays"), ("days",)),
    **dict.fromkeys(("during", "inside", "in_support_hours", "within"), ("support_hours",)),
    "keywords": ("tags",),
    "kind": ("type",),
    "labels": ("tags",),
    "layer": ("layers",),
    "rotations": ("layers",),
    **dict.fromkeys(("participants", "recipient", "recipients"), ("people", "notify")),
    **dict.fromkeys(("set", "sets"), ("routes",)),
    "mail": ("email",),
    "members": ("people",),
    "name": ("owner",),
    "num_loops": ("repeat",),
    "off_hours": ("outside",),
    "out_hours": ("outside",),
    "out_of_hours": ("outside",),
    "outside_support_hours": ("outside",),
    **dict.fromkeys(("prevent_destroy", "deletion_protection"), ("protect",)),
    "ignore_changes": ("create_only",),
    "configuration": ("inputs",),
    "owner": ("team",),
    "people": ("members", "notify", "who"),
    "policy": ("escalation_policy",),
    "restriction": ("only",),
    "restrictions": ("only",),
    **dict.fromkeys(("length", "rotation", "rotation_turn_length_seconds", "type"), ("rotate",)),
    "rotation_virtual_start": ("start",),
    "route_to": ("to",),
    "rule": ("levels", "rules"),
    "schedule_layers": ("layers",),
    "service": ("from", "to"),
    "services": ("from", "routes"),
    "source": ("from", "integrations"),
    **dict.fromkeys(("snow_user", "snow_password", "sync_options", "task_type", "referer"), ("config",)),
    **dict.fromkeys(("slack_id", "slack_user", "slack_user_id"), ("slack",)),
    **dict.fromkeys(("pagerduty_id", "pd_id"), ("id",)),
    "scope": ("from",),
    "src": ("url",),
    "target": ("notify", "to", "config"),
    "targets": ("notify",),
    "template": ("message",),
    "timeout": ("auto_resolve_timeout", "escalate_after"),
    "title": ("name",),
    "times": ("repeat",),
    "tz": ("time_zone",),
    "wait": ("after",),
    "where": ("when", "if"),
    "zone": ("time_zone",),
    "url": ("endpoint",),
    "when": ("if",),
    **dict.fromkeys(("team_id", "workspace_id"), ("workspace",)),
    "status": ("disabled",),
}
# A word and its opposite that the file has: of these, the value is turned round as well.
_OPPOSITES = {
    **dict.fromkeys(("enabled", "is_enabled", "active"), "disabled"),
    "disabled": "enabled",
    "public": "private",
}
_FEW = 3  # sections: of more, none is meant
_TEAMS = frozenset({"team", "teams"})
_NOT_OURS = {
    "include": "all stack files of a folder are read together; name other files on the command line",
    **dict.fromkeys(("created_at", "html_url", "self"), "remove it: PagerDuty sets it"),
    **dict.fromkeys(
        ("integration_key", "service_key"), "remove it: PagerDuty makes it, and `pdslack output` shows it"
    ),
    "secret": "remove it: PagerDuty makes it, and `apply` keeps it in the secret store",
    **dict.fromkeys(
        ("count", "for_each", "foreach", "loop", "with_items"),
        "`each:`, at the top of a file, repeats entries for the rows of a table",
    ),
    "lifecycle": "`protect: true` is its `prevent_destroy`, and `create_only: [FIELD]` its `ignore_changes`",
    "import": "remove it: an entry with its `name:` or `id:` is taken over by `pdslack apply --adopt`",
    "moved": "remove it: `previously: OLD-KEY` in the entry keeps its object",
    "removed": "remove it: `pdslack release KIND/KEY` lets an object go before its entry leaves",
    **dict.fromkeys(("output", "outputs"), "remove it: `pdslack output` shows ids and keys"),
    **dict.fromkeys(("terraform", "backend"), "remove it: there is no state to keep"),
    **dict.fromkeys(
        ("provider", "providers"), "remove it: tokens come from the environment, and `pagerduty: {region: …}`"
    ),
    **dict.fromkeys(
        ("module", "modules"),
        "all stack files of a folder are read together; `bases` and `each` share entries",
    ),
    "ignore": "write it in the rule, trigger, cache variable or escalation policy that is warned of",
    "data": "what exists already is an entry with `lookup: true`; vendors and priorities are just named",
    "alert_creation": "remove it: PagerDuty now always creates alerts and incidents",
    "subscribed_to_all_services": "write `services: all`",
    "hours": 'write `from` and `to`, such as `from: "09:00"` and `to: "17:00"`',
    **dict.fromkeys(("metadata", "spec"), "remove it, and write its fields in its place"),
    **dict.fromkeys(("apiVersion", "schema_version", "version"), "remove it: a stack has none"),
    **dict.fromkeys(("api_key", *TOKEN_KEYS), NO_TOKENS),
}


def seems_field(key: str) -> bool:
    """Return whether a key is a field of a vendor, or a kind, and no name that somebody chose."""
    return bool(re.fullmatch(r"[a-z]+(_[a-z]+)+", key)) or key in KIND_NAMED


_VENDOR = re.compile(r"^(?:pagerduty|slack|pd)[_-](?=.)")  # begins the names of Terraform
_CERTAINLY = 0.9  # alike


def intended_key(key: str, known: Collection[str], given: Collection[str] = ()) -> str:
    """Return the allowed key that an unknown one was meant to be, or ""; `given` are those beside it."""
    found = _other_name(key, known, given) or nearest(key, known, _CERTAINLY)
    alone = _VENDOR.sub("", key.lower(), count=1)
    if not found and alone != key.lower():
        others = {*known} - {"pagerduty", "slack"}
        return _other_name(alone, known, given) or nearest(alone, known) or nearest(key, others)
    return found or nearest(key, known)


def _section_around(key: str) -> str:
    """Return the section whose entries have what Terraform keeps apart: of `pagerduty_team_membership`."""
    words = _VENDOR.sub("", key.lower(), count=1).split("_")
    if len(words) == key.count("_") + 1:  # without the vendor's name, only of what stands in a section
        return f"{words[0]}s" if len(words) > 1 and f"{words[0]}s" in SECTIONS else ""
    shorter = ("_".join(words[:count]) for count in range(len(words) - 1, 0, -1))
    return next((found for word in shorter if (found := intended_key(word, SECTIONS))), "")


def misspelt_sections(data: Mapping[str, object]) -> set[str]:
    """Return the top-level keys that unknown ones of a stack were meant to be."""
    return {intended_key(key, TOP_LEVEL_KEYS) for key in data.keys() - TOP_LEVEL_KEYS} - {""}


def intended_section(key: str, given: Collection[str]) -> str:
    """Return the section, if it is not `given`, that a top-level key was meant to be; or ""."""
    if key in TOP_LEVEL_KEYS or _VENDOR.match(key):  # what Terraform has in a section is of another form
        return ""
    found = intended_key(key, TOP_LEVEL_KEYS)
    return found if found in {*SECTIONS, "tests"} - {*given} else ""


def _other_name(key: str, known: Collection[str], given: Collection[str]) -> str:
    word = key.lower().replace("-", "_")
    if {f"{word}s", word.removesuffix("s")} & {*known} - {*given, word}:
        return ""  # its singular or plural is meant before any other word
    alone = re.sub(r"_ids?$", "", word)
    names = [
        name
        for form in (word, f"{word}s", alone, f"{alone}s")
        for name in _OTHER_NAMES.get(form, ())
        if name in known
    ]
    return next((name for name in names if name not in given), names[0] if names else "")


def unknown_key(
    key: str, known: Collection[str], location: Location, listed: str, given: Collection[str] = ()
) -> Problem:
    """Return the problem of an unknown key; `listed` has the allowed keys for when none is similar."""
    other = _other_name(key, known, given)
    intended = intended_key(key, known, given)
    elsewhere = [name for name, kind in SECTIONS.items() if key in kind.spec.model_fields]
    if "lookup" in known and len(elsewhere) == 1:  # beside the fields of an entry
        listed = f"an entry of `{elsewhere[0]}` has it; {listed}"
    suggested = f"did you mean '{intended}'?" if intended else ""
    hint = f"write `{other}`" if other else _NOT_OURS.get(key) or suggested or listed
    value, opposite = given.get(key) if isinstance(given, Mapping) else None, _OPPOSITES.get(key)
    if opposite in known and not other and isinstance(value, bool):
        hint = f"write `{opposite}: {str(not value).lower()}`"
    if key in EVENT_FIELDS and "event" in known and not other:
        hint = "write it below `event:`"
    if (glued := glued_pair(key)) and glued[0] in known:
        hint = f"put a space after the colon: `{glued[0]}: {glued[1]}`"
    if key in _TEAMS and "escalation_policy" in known:
        hint = "remove it: a service has the teams of its escalation policy"
    return Problem(f"unknown key {key!r}", location, hint)


def unknown_section(key: str, location: Location, empty: Collection[str] = ()) -> Problem:
    """Return the problem of an unknown top-level key; `empty` are the sections without entries."""
    intended = intended_key(key, TOP_LEVEL_KEYS)
    owners = [section for section, kind in SECTIONS.items() if key in kind.spec.model_fields]
    listed = (
        f"valid sections are {', '.join(SECTIONS)}; "
        "where the file belongs to another program, name the files of the stack instead"
    )
    if owners and intended and not _other_name(key, TOP_LEVEL_KEYS, ()):
        intended = "" if len(owners) <= _FEW else intended
        if not intended:
            return Problem(f"unknown key {key!r}", location, _in_entries_of(owners))
    if key.startswith((".", "_")):
        listed, intended = f"write `x-{as_key(key)}`: keys that begin with x- are yours", ""
        return Problem(f"unknown key {key!r}", location, listed)
    if not intended and (around := _section_around(key)):
        listed = f"it belongs to an entry of `{around}`: `pdslack explain {around}` shows its fields"
    if empty and not intended:
        listed = f"if it is an entry of `{'` or `'.join(empty)}`, indent it below that"
    if 0 < len(owners) <= _FEW and not intended:
        listed = _in_entries_of(owners)
    return unknown_key(key, TOP_LEVEL_KEYS, location, listed)


def _in_entries_of(sections: Sequence[str]) -> str:
    return f"it belongs to an entry of `{'` or `'.join(sections)}`: indent it below that entry"


def not_a_section(section: str, given: object, location: Location) -> Problem:
    """Return the problem of a section that is not a mapping."""
    kind = "a list" if isinstance(given, list) else shown(given)
    message = f"{section!r} must be a mapping of keys to entries, got {kind}"
    if isinstance(given, str) and (other := other_format(location.file, given)):
        return replace(other, location=location)
    first = given[0] if isinstance(given, list) and given else given
    return Problem(message, location, f"write {_entry(section, first)} below it")


def _entry(section: str, item: object) -> str:
    if isinstance(item, dict) and isinstance(name := item.get("name") or item.get("key"), str):
        return f"`{as_key(name)}:` instead of `- name: {name}`, and its fields"
    if isinstance(item, dict) and len(item) == 1 and isinstance(key := next(iter(item)), str) and as_key(key):
        return f"`{as_key(key)}:`, without the dash before it,"
    if isinstance(item, str) and (glued := glued_pair(item)):
        return f"`{glued[0]}: {glued[1]}`"
    if isinstance(item, str) and "@" in item and section == "people":
        return f"`{as_key(item.partition('@')[0])}: {item}`"
    return f"`{as_key(item)}: {{…}}`" if isinstance(item, str) and as_key(item) else "`key: {…}`"


def invalid_key(key: str, location: Location) -> Problem:
    """Return the problem of an entry whose key has invalid characters."""
    valid, glued = as_key(key), glued_pair(key)
    if not key:
        return Problem("an entry has an empty key", location, f"give it one; {KEY_HINT}")
    if glued:
        return Problem(
            f"{key!r} is not a valid key", location, f"put a space after the colon: `{glued[0]}: {glued[1]}`"
        )
    if valid == with_plain_letters(key) != key:
        hint = f"write `{valid}:`; "
    elif valid == key.lstrip("#@").lower():
        hint = f"write `{valid}:`, and `name:` for what the product shows; "
    else:
        hint = f"write `{valid}: {{name: {_name(key)}, …}}`; " if valid else ""
    return Problem(f"{key!r} is not a valid key", location, f"{hint}{KEY_HINT}")


def glued_pair(text: str) -> tuple[str, str] | None:
    """Return the key and the value of `key:value` or `key = value`, which YAML reads as one text; or None."""
    pair = re.fullmatch(r"([\w-]+)\s*[:=]\s*([^\s/].*)", text)
    return (pair[1], pair[2]) if pair else None


def as_key(name: str) -> str:
    """Return the valid key nearest to a name, or ""; "" for one with a secret, of which no part is shown."""
    if mask_secrets(name) != name:
        return ""
    plain = unicodedata.normalize("NFKD", with_plain_letters(name)).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9._-]+", "-", plain).strip("-._")[:40]


def _name(key: str) -> str:
    return key if re.fullmatch(r"\w[\w .-]*", key) else repr(key)
