"""Hints for references to missing entries or to entries of another kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pdslack_cli.config.cures.values import as_variable
from pdslack_cli.kinds import KIND_NAMED
from pdslack_cli.kinds.fields.references import KnownRefs, kind_title
from pdslack_cli.kinds.fields.scalars import mailbox
from pdslack_cli.model import Ref
from pdslack_cli.suggest import a, all_of, nearest

MOST_LISTED = 8
_ID = re.compile(r"P[A-Z0-9]{6,13}|[CSU]0[A-Z0-9]{6,11}")  # of PagerDuty, and of Slack


def _words(written: str) -> set[str]:
    """Return what may be the key in `person:maya`, `Maya (team)` or `pagerduty_user.maya.id`."""
    if "/" in written.strip("/"):  # it says of which kind the key is
        return set(re.split(r"[^a-z0-9_.-]+", written.rpartition("/")[2].lower()))
    lower = written.lower()
    words = {*re.split(r"[^a-z0-9_.-]+", lower), *re.split(r"[^a-z0-9_-]+", lower)} - {""}
    return words | {word.replace("_", "-") for word in words}  # as the names of other tools must be written


def reference_cure(context: Mapping[str, Any], default: str = "", *, in_list: bool = False) -> str:
    """Return what to write instead of the reference of a validation error, which may stand in a list."""
    known: KnownRefs | None = context["known"]
    if not known:
        return default
    written: str = context["written"].rstrip("/")
    if variable := as_variable(written):
        return f"write {variable}"
    kinds: Sequence[str] = context["kinds"]
    write: Callable[[Ref], str] = context["write"]
    refs = {write(ref): ref for kind in kinds for ref in (Ref(kind, key) for key in known.keys(kind))}
    key = written.rpartition("/")[2].lstrip("#@").strip()
    owner = known.addresses.get(mailbox(written), "")
    same = [form for form, ref in refs.items() if ref.key in {key, owner}]
    same = same or [form for form, ref in refs.items() if ref.key in _words(written)]
    if same:
        several = in_list and len({refs[form].key for form in same}) == len(same)
        return f"write {(', ' if several else ' or ').join(same)}"
    section = written.rpartition("/")[0].lower()
    other = sorted(ref for kind in KIND_NAMED if kind not in kinds and (ref := Ref(kind, key)) in known.refs)
    other.sort(key=lambda ref: section not in {ref.kind, f"{ref.kind}s", KIND_NAMED[ref.kind].section})
    word = context.get("word", "")
    near = nearest(key, [*(ref.key for ref in refs.values()), *filter(None, [word])])
    if near and near == word:
        return f"did you mean {word!r}?"
    near_hint = f"did you mean {' or '.join(repr(form) for form, ref in refs.items() if ref.key == near)}?"
    if not other and near:
        return near_hint
    if "/" in written and "ref" in context:  # it says which kind is meant
        kinds = [context["ref"].kind]
        refs = {form: ref for form, ref in refs.items() if ref.kind in kinds}
    titles = all_of(map(kind_title, kinds), "or")
    if _ID.fullmatch(key):
        by_email = "ref" in context and "email" in KIND_NAMED[context["ref"].kind].spec.model_fields
        needed = "their `email`" if by_email else f"`lookup: true` and `id: {key}`"
        return f"a reference is the key of an entry: add one with {needed}"
    listed = (
        f"the stack defines {', '.join(list(refs)[:MOST_LISTED])}"
        if refs
        else f"the stack defines no {titles}"
    )
    if not other:
        return listed
    return f"{key!r} is {a(kind_title(other[0].kind))}, expected {a(titles)}; {near_hint if near else listed}"
