"""The message settings of a stack: its templates, and its rules with ids in place of references."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from pdslack_cli.config.stack import Stack
from pdslack_cli.kinds.pagerduty.notification_rule import NotificationRule
from pdslack_cli.kinds.sync.message import MessageTemplate
from pdslack_cli.model import Ref
from pdslack_cli.sync.message.choice import ChannelRule
from pdslack_cli.sync.message.render import DEFAULT_TEMPLATE

IdOf = Callable[[Ref], str | None]
"""Returns the vendor's id of an object, or None if there is none now."""


def templates_of(stack: Stack) -> Mapping[str, MessageTemplate]:
    """Return the templates by name; `default` is always among them."""
    written = {
        entry.ref.key: entry.spec
        for entry in stack.of_kind("message")
        if isinstance(entry.spec, MessageTemplate)
    }
    return {DEFAULT_TEMPLATE.name: DEFAULT_TEMPLATE, **written}


def channel_rules(stack: Stack, id_of: IdOf) -> Iterator[ChannelRule]:
    """Yield the rules with `via: sync` in the order of the file.

    Left out are rules whose channel, or all of whose sources, do not exist: nothing can match them.
    """
    for entry in stack.of_kind("sync_rule"):
        rule = entry.spec
        if not isinstance(rule, NotificationRule):
            continue
        channel, sources = id_of(rule.to), _ids(rule.from_, id_of)
        if channel and sources:
            yield ChannelRule(
                name=entry.ref.key,
                channel=channel,
                sources=sources,
                urgency=rule.urgency,
                priorities=None if rule.priorities is None else frozenset(map(_word, rule.priorities)),
                severities=None if rule.severities is None else frozenset(rule.severities),
                on_call=None if rule.on_call is None else _ids(rule.on_call, id_of),
                events=frozenset(rule.events),
                fallback=(rule.fallback and id_of(rule.fallback)) or "",
                template=rule.message.key if rule.message else DEFAULT_TEMPLATE.name,
            )


def _ids(refs: tuple[Ref, ...], id_of: IdOf) -> frozenset[str]:
    return frozenset(found for ref in refs if (found := id_of(ref)))


def _word(priority: Ref | str) -> str:
    return str(priority.key) if isinstance(priority, Ref) else priority
