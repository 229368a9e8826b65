"""Mask the secrets that this process knows in all output.

The set of secrets is global to the process, as a logger is: no part may print a secret.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote, unquote_plus

from pdslack_cli.visible import one_line

MASK = "***"

# A shorter secret would match in any text, so it is masked only where it is the whole text.
SHORTEST_INSIDE_TEXT = 4

# A shorter text in Base64 would be found by chance.
SHORTEST_IN_BASE64 = 8

ELLIPSIS = "…"

# What `tokens.py` shows of a token is one character shorter.
SHORTEST_CUT = 5

# A run of backslashes is taken whole or not at all: then a long one takes no longer than other text.
_ESCAPES = {"\\": r"(?<!\\)\\++", **{char: rf"(?:(?<!\\)\\++)?{char}" for char in "\"'/"}}

_lock = threading.Lock()
_known: set[str] = set()
_pattern: re.Pattern[str] | None = None


def add_secrets(values: Iterable[str]) -> None:
    """Add values to mask, also as encoded in URLs, JSON, HTML and shells."""
    with _lock:
        _known.update(form for value in values if value.strip() for form in _forms(value))
        _compile()


def _compile() -> None:
    global _pattern
    inside = (form for form in _known if len(form.strip()) >= SHORTEST_INSIDE_TEXT)
    longest_first = sorted(inside, key=len, reverse=True)
    _pattern = re.compile("|".join(map(_escaped_at_will, longest_first))) if longest_first else None


def _escaped_at_will(text: str) -> str:
    """A pattern of a text inside of any number of quoted texts, each of which doubles the backslashes."""
    return re.sub(r"(?s)\\+|.", lambda found: _ESCAPES.get(found[0][0], re.escape(found[0])), text)


def forget_secrets() -> None:
    """Clear the set of secrets at the end of a command."""
    global _pattern
    with _lock:
        _known.clear()
        _pattern = None


def mask_secrets(text: str, salt: str = "") -> str:
    """Return `text` with every known secret masked.

    With a salt the mask is followed by a short hash, which shows whether a value changed.
    """
    if text in _known:
        return _mask(text, salt)
    if not _pattern:
        return text
    text = _pattern.sub(lambda found: _mask(found.group(), salt), text)
    *cut, rest = text.split(ELLIPSIS)
    return ELLIPSIS.join([*(_mask_cut(part, salt) for part in cut), rest])


def _mask_cut(text: str, salt: str) -> str:
    """Mask the beginning of a secret at the end of a text, which was cut there."""
    with _lock:
        known = [form for form in _known if len(form) > SHORTEST_CUT]
    cut = max((_overlap(text, form) for form in known), default=0)
    return text[: len(text) - cut] + _mask(text[-cut:], salt) if cut else text


def _overlap(text: str, secret: str) -> int:
    """How many characters at the end of a text are the first ones of a secret; 0 if they are too few."""
    longest = min(len(text), len(secret) - 1)
    return next((n for n in range(longest, SHORTEST_CUT - 1, -1) if text.endswith(secret[:n])), 0)


def mask_echo(text: str) -> str:
    """Mask every known secret in what a vendor echoes of a request, also inside of Base64."""
    with _lock:
        encoded = {form for secret in _known for form in _in_base64(secret)}
    for form in sorted(encoded, key=len, reverse=True):
        text = text.replace(form, MASK)
    return mask_secrets(text)


def _in_base64(secret: str) -> Iterator[str]:
    """The characters that a secret gives in Base64, whatever stands before and after it."""
    from base64 import b64encode  # as in `hash_of`

    raw = secret.encode()
    for before, first in enumerate((0, 2, 3)):
        form = b64encode(bytes(before) + raw)[first : (before + len(raw)) * 8 // 6].decode()
        if len(form) >= SHORTEST_IN_BASE64:
            yield from {form, form.replace("+", "-").replace("/", "_")}


def mask_value(value: Any, salt: str = "") -> Any:
    """Return plain data with every known secret masked in strings and numbers, but not in keys."""
    if isinstance(value, str):
        return mask_secrets(value, salt)
    if isinstance(value, Mapping):
        return type(value)((key, mask_value(item, salt)) for key, item in value.items())  # type: ignore[call-arg]
    if isinstance(value, Sequence):
        return [mask_value(item, salt) for item in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _mask(str(value), salt) if _is_masked(str(value)) else value
    return value


def texts_in(value: Any) -> Iterator[str]:
    """Every string in plain data, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | Sequence):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from texts_in(item)


def mask_before(before: Any, after: Any, salt: str) -> Any:
    """Mask the live side of a change: a value that is replaced by a secret is masked as well.

    It may be the old value of the secret, which is not among the known ones.
    """
    if isinstance(before, Mapping):
        return type(before)(  # type: ignore[call-arg]
            (key, mask_before(item, after.get(key) if isinstance(after, Mapping) else after, salt))
            for key, item in before.items()
        )
    if isinstance(before, Sequence) and not isinstance(before, str):
        items = after if isinstance(after, list) else [after]
        new = [item for item in items if item not in before]
        partners = iter(new)
        return [
            mask_value(item, salt)
            if item in items
            else mask_before(item, next(partners, new[-1] if new else None), salt)
            for item in before
        ]
    if before is None or before == after or mask_value(after) == after:
        return mask_value(before, salt)
    return _mask(str(before), salt)


def hash_of(secret: str, salt: str) -> str:
    """A short hash in parentheses: enough to compare two values, too short to find one by trying."""
    import hashlib  # here, since every `--help` would wait for it

    return f"({hashlib.sha256(f'{salt} {secret}'.encode()).hexdigest()[:6]})" if salt else ""


def _is_masked(text: str) -> bool:
    return len(text) >= SHORTEST_INSIDE_TEXT and text in _known


def _mask(secret: str, salt: str) -> str:
    return MASK + hash_of(secret, salt)


def _forms(value: str) -> set[str]:
    from html import escape  # as above

    lines = [line.strip() for line in value.splitlines()]
    texts = {
        value,
        value.strip(),
        value.lower(),
        unquote(value),
        unquote_plus(value),
        *(line for line in lines if len(lines) > 1 and len(line) >= 8),
    }
    spelled = {
        form
        for text in texts
        for form in (
            text,
            json.dumps(text)[1:-1],
            json.dumps(text, ensure_ascii=False)[1:-1],
            repr(text)[1:-1],
            one_line(text),
            " ".join(text.split()),
        )
    }
    return {
        form
        for text in spelled
        for form in (
            text,
            *_in_urls(text),
            escape(text),
            escape(text, quote=False),
            escape(text).replace("&quot;", "&#34;").replace("&#x27;", "&#39;"),
        )
    }


def _in_urls(text: str) -> Iterator[str]:
    """A text as programs encode it in URLs and forms: other hexadecimal digits, or a plus for a space."""
    for encoded in (quote(text), quote(text, safe="")):
        small = re.sub("%..", lambda found: found.group().lower(), encoded)
        yield from (encoded, small, encoded.replace("%20", "+"), small.replace("%20", "+"))
