"""Regular expressions as PagerDuty runs them: RE2 (orchestration.md 1.8)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

SEARCHED_BYTES = 65_536  # of the left side of `matches`; the rest is never looked at (orchestration.md 1.2)


class RegexError(ValueError):
    """RE2 rejects the pattern; the message is RE2's reason."""


class Regex:
    """A compiled RE2 pattern. It searches anywhere in a text, in time linear in the text's length."""

    def __init__(self, pattern: str, *, ignore_case: bool) -> None:
        import re2  # late: most commands never need it

        options = re2.Options()
        options.log_errors = False
        flags = "(?ism)" if ignore_case else "(?sm)"
        try:
            # Bytes on both sides: the binding recounts every offset of a str.
            self._compiled: Any = re2.compile((flags + pattern).encode(), options)
        except re2.error as error:
            reason = error.args[0]
            shown = reason.decode() if isinstance(reason, bytes) else str(reason)
            raise RegexError(shown.replace(flags, "")) from None
        except UnicodeEncodeError:
            raise RegexError("not valid Unicode") from None

    @property
    def groups(self) -> int:
        return int(self._compiled.groups)

    def found_in(self, text: str) -> bool:
        return self._compiled.search(text.encode(errors="replace")[:SEARCHED_BYTES]) is not None

    def captured(self, text: str) -> str | None:
        """Return the joined groups, or the whole match of a pattern without groups; None without a match.

        How several groups are joined is (unverified), orchestration.md 2.7: without a separator.
        """
        found = self._compiled.search(text.encode(errors="replace"))
        if found is None:
            return None
        parts = found.groups(b"") if self.groups else (found.group(),)
        return b"".join(parts).decode(errors="replace")


@lru_cache(maxsize=10_000)
def compile_regex(pattern: str, *, ignore_case: bool) -> Regex:
    """Compile with the flags `s` and `m`, and `i` where asked; raises RegexError."""
    return Regex(pattern, ignore_case=ignore_case)
