"""Topics of `pdslack explain`: what several fields have in common, such as conditions and durations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pdslack_cli.config.sections import SECTIONS
from pdslack_cli.kinds.fields.times import WEEKDAYS
from pdslack_cli.kinds.pagerduty.events import EVENTS
from pdslack_cli.kinds.pagerduty.outbound.webhook import FAMILIES
from pdslack_cli.kinds.pagerduty.service.integration_types import TYPES
from pdslack_cli.kinds.slack.app_words import BOT_SCOPES
from pdslack_cli.kinds.slack.app_words import EVENTS as SLACK_EVENTS
from pdslack_cli.kinds.sync.variables import FAMILIES as VARIABLE_FAMILIES
from pdslack_cli.kinds.sync.variables import VARIABLES
from pdslack_cli.routing.lint.findings import LINTS
from pdslack_cli.routing.pcl.fields import TEXTS, VALUES


@dataclass(frozen=True)
class Topic:
    """A page about a topic: a text, and a table of spellings and their meaning."""

    name: str
    summary: str
    text: str
    rows: tuple[tuple[str, str], ...] = ()
    aliases: tuple[str, ...] = ()
    types: tuple[str, ...] = ()  # of fields that it is about
    fields: tuple[str, ...] = ()  # the last words of their paths

    @property
    def names(self) -> tuple[str, ...]:
        return self.name, *self.aliases


def _values() -> Iterable[tuple[str, str]]:
    return ((".".join(path), f"one of {', '.join(values)}") for path, values in VALUES.items())


TOPICS: tuple[Topic, ...] = (
    Topic(
        "conditions",
        "when a rule, a route or a trigger matches",
        "Conditions are written in PagerDuty's condition language (PCL) and checked when the file is read. "
        "Text is in single quotes. `matches` ignores case, `==` does not. A list under `if` matches if any "
        "of its conditions does; without `if` a rule always matches. Quote the whole condition in YAML if "
        "it contains `: ` or ` #`, or if it is inside braces and contains a comma.\n"
        f"Fields: {', '.join(f'event.{name}' for name in TEXTS)}, event.custom_details.NAME (or "
        "event.custom_details['NAME']), and raw_event for the JSON as sent. Triggers of workflows read "
        "incident.priority, incident.urgency and other fields of the incident.",
        (
            ("event.severity matches 'critical'", "equal, ignoring case"),
            ("event.summary matches part 'timeout'", "contains, ignoring case"),
            ("event.source matches regex '^web-[0-9]+$'", "an RE2 pattern"),
            ("event.class matches exactly 'Deploy'", "equal, with case"),
            ("event.custom_details.region == 'eu'", "equal; also != < <= > >="),
            ("event.custom_details.load > 5", "a number"),
            ("event.component exists", "the field is there"),
            (
                "event.class matches 'card' and not event.severity matches 'info'",
                "and, or, not; also && || !",
            ),
            (
                "now in Mon,Tue,Wed,Thu,Fri 09:00:00 to 17:00:00 Europe/Berlin",
                "days and hours in a time zone",
            ),
            ("trigger_count over 5 minutes > 10", "how often events came"),
            ("alert.title matches part 'down'", "alert. is short for event.; alert.title is event.summary"),
            *_values(),
        ),
        ("condition", "if", "pcl"),
        types=("condition",),
    ),
    Topic(
        "templates",
        "texts that take in fields of an event or an incident",
        "`{{path}}` in a text is replaced by the value of that field. Quote such texts in YAML. A path "
        "starts with event, raw_event, variables (set by `variables:` of the same rule) or cache_var. "
        "${name} is something else: it is filled in from `vars:` or the environment when the file is read.",
        (
            ("{{event.summary}}", "a field of the event"),
            ("{{event.custom_details.host}}", "a custom detail"),
            ("{{event.custom_details['load-avg']}}", "one with other characters in its name"),
            ("{{raw_event.payload.source}}", "the JSON as sent"),
            ("{{variables.host}}", "a variable of the rule"),
            ("{{cache_var.last_host}}", "a cache variable"),
            ("{{incident.title}}", "in the inputs of a workflow's steps: a field of the incident"),
            ("{{alert.title}} on {{alert.service}}", "alert. is short for event."),
        ),
        ("template",),
        types=("template",),
    ),
    Topic(
        "message-variables",
        "variables of `messages`, filled in from the incident",
        "`{{name}}` in a text of `messages` is replaced by the incident's value when the message is posted; "
        "`${name}` works too. What the incident has not is left empty; a link or mention of nothing is a "
        "dash. Foreign text is escaped: it mentions nobody and links nowhere.",
        (
            *((f"{{{{{name}}}}}", meaning) for name, meaning in VARIABLES.items()),
            *((f"{{{{{family}NAME}}}}", meaning) for family, meaning in VARIABLE_FAMILIES.items()),
        ),
        ("message-variable", "blocks"),
        fields=("messages.blocks", "messages.text"),
    ),
    Topic(
        "durations",
        "lengths of time, such as 15m",
        "A number and a unit, or several of them. Where a timeout can be switched off, write never or null.",
        (
            ("30s", "30 seconds"),
            ("15m", "15 minutes"),
            ("4h", "4 hours"),
            ("1h30m", "an hour and a half"),
            ("2d", "2 days"),
            ("1 week", "7 days"),
            ("2 weeks", "14 days"),
        ),
        ("duration", "timeouts"),
        types=("duration",),
    ),
    Topic(
        "days",
        "days of the week",
        f"Days are {', '.join(WEEKDAYS)}, full names, or numbers from 1 (Monday) to 7. A range may go over "
        "the weekend. Inside braces, several days are a list or in quotes, since a comma ends a value there: "
        '{days: [sat, sun], from: "09:00", to: "17:00"}.',
        (
            ("mon-fri", "Monday to Friday"),
            ("sat,sun", "Saturday and Sunday"),
            ("fri-mon", "Friday to Monday"),
            ("weekdays, weekend", "Monday to Friday; Saturday and Sunday"),
            ("1-5", "Monday to Friday"),
            ("all", "every day"),
        ),
        ("day", "weekdays"),
        types=("days",),
    ),
    Topic(
        "times",
        "times of day, moments, windows and time zones",
        "Times of day are quoted, since YAML may take 17:00 for a number. Moments such as the start of a "
        "layer are wall clock in the `time_zone` of their entry, a name of the tz database. A window that "
        "ends before it begins goes over midnight. A window over several days names the day at both ends:\n"
        '  only: [{days: mon-fri, from: "09:00", to: "17:00"}]\n'
        "  only: [{from: fri 17:00, to: mon 09:00}]",
        (
            ('"09:00"', "a time of day"),
            ("fri 17:00", "a time of the week, in the windows of a layer"),
            ("2026-01-05T09:00:00", "a moment: date and time of day"),
            ("Europe/Berlin", "a time zone"),
        ),
        ("time", "windows", "dates", "time-zones", "time_zone"),
        types=("time of day", "time of day or week", "date and time", "time zone"),
    ),
    Topic(
        "references",
        "how one entry names another",
        "Where only one section can be meant, write the key: `team: payments`. Where several can, write the "
        "section in the singular and the key: `notify: [schedule/primary, person/maya]`. The same form names "
        "objects on the command line: `--only service/payments-api`, `--only 'service/*'`. What exists and "
        "is not managed by these files is an entry with `lookup: true`; then only its name or `id:` counts. "
        "Priorities, vendors, extension schemas, incident types and custom fields need no entry: write their "
        "name, in any case (`pdslack list priorities`).",
        tuple((f"{kind.name}/KEY", f"an entry of {section}") for section, kind in SECTIONS.items()),
        ("reference", "refs", "ref"),
        types=("reference",),
    ),
    Topic(
        "integrations",
        "what may send events to a service",
        "A word in `integrations` is one of the types below but `email`, or the name of a vendor (`pdslack "
        "list vendors`), and is also its name. A mapping gives it a name of its own: {name: Alerts, type: "
        "events-api-v2}, {name: Monitoring, vendor: Datadog}, {name: Mail, email: "
        "NAME@SUBDOMAIN.pagerduty.com}. A word that is both, as Nagios and Pingdom are, is the type: for the "
        "vendor write {name: Nagios, vendor: Nagios}. The integrations of an orchestration under `routing` "
        "are only names: each gets a routing key. `pdslack output` prints the keys.\n"
        "An integration that is taken out of the file stays in PagerDuty and its key still works, unless the "
        "entry has `exact: true`.",
        (*TYPES.items(), ("email", "mail to the address in `email`, which `mail` may filter and parse")),
        ("integration", "integration-types", "vendors"),
        fields=("integrations", "integrations.type", "integrations.vendor"),
    ),
    Topic(
        "events",
        "events of webhooks and notification rules",
        "`events` of a notification rule are of incidents and are written without `incident.`. `events` of a "
        "webhook are written in full, and a star stands for all events of a kind: incident.*, service.*.",
        (
            *((event, "of a notification rule") for event in EVENTS),
            *((event, "of a webhook") for events in FAMILIES.values() for event in sorted(events)),
        ),
        ("event",),
        fields=("notification_rules.events", "webhooks.events"),
    ),
    Topic(
        "slack-events",
        "events and scopes of `slack_app`",
        "What Slack is known to send to an app, and what it lets a bot do; any other gives a warning. The "
        "scopes that the files need are added by themselves; `pdslack app` shows them.",
        (
            *((event, "an event") for event in SLACK_EVENTS),
            *((scope, "a scope of a bot") for scope in BOT_SCOPES),
        ),
        ("slack-scopes", "scopes"),
        fields=("slack_app.events", "slack_app.scopes"),
    ),
    Topic(
        "variables",
        "${name} in values",
        "A variable comes from `vars:` of the files, then from the environment variable PDSLACK_VAR_name. It "
        "may be used in values, and in keys below `each`. A value that is one variable keeps its type. What "
        "comes from the environment is masked wherever it is shown; so it is refused in `owner` and in keys, "
        "which are shown as they are.",
        (
            ("${env}", "the variable env"),
            ("${region:-eu}", "eu, unless region is set"),
            ("$${env}", "the text ${env}"),
        ),
        ("variable", "vars-syntax", "substitution"),
    ),
    Topic(
        "clearing",
        "what a field does that is left out, null or empty",
        "A field that is left out is not managed: its value in PagerDuty or Slack stays as it is. An "
        "explicit null (or [], or never) clears it. `defaults:` are laid under every entry of a section, and "
        "a null in an entry wins over them. Lists are managed as a whole once they are named, except for "
        "integrations and channel members: those are only added, unless the entry has `exact: true`.",
        (
            ("(left out)", "not managed"),
            ("null", "cleared"),
            ("[]", "an empty list: everything is removed"),
            ("never", "a timeout that is switched off"),
        ),
        ("null", "left-out"),
    ),
    Topic(
        "files",
        "which files are read",
        "Without arguments: pdslack.yaml and every other YAML file of the current folder whose top-level "
        "keys are pdslack's, without folders inside it. A folder that is named: the same there. A file "
        "that is named: that file alone. All files together are one stack. Files named "
        "*.test.yaml hold tests only.",
        (
            ("pdslack plan", "the current folder"),
            ("pdslack plan FOLDER", "another folder"),
            ("pdslack plan a.yaml -f b.yaml", "these files"),
            ("pdslack -C FOLDER plan", "run in that folder"),
        ),
        ("file", "folders"),
    ),
    Topic(
        "lints",
        "warnings about conditions and rules, and how to switch one off",
        "`ignore: [ID]` beside the condition switches a lint off there. Those of severity error cannot be "
        "applied.",
        tuple((name, f"{severity}: {meaning}") for name, (severity, meaning) in LINTS.items()),
        ("lint",),
    ),
)

TOPIC_NAMED: Mapping[str, Topic] = {name: topic for topic in TOPICS for name in topic.names}


def topics_about(path: Iterable[str], types: Iterable[str]) -> list[Topic]:
    """Return the topics related to a field with that path and those types."""
    words = {word for type_ in types for word in (type_.split(" of ")[-1], type_, type_.split()[0])}
    words |= {"reference"} if any("reference to" in type_ for type_ in types) else set()
    whole = ".".join(path)
    return [
        topic
        for topic in TOPICS
        if words & {*topic.types} or any(f".{whole}".endswith(f".{field}") for field in topic.fields)
    ]
