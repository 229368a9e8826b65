"""Objects whose mark does not fit their name: nothing shows that it was written for them."""

from __future__ import annotations

from collections.abc import Iterable

from pdslack_cli.engine.ownership.matching import Ownership
from pdslack_cli.kinds import kind_of
from pdslack_cli.model import UNFINISHED, Live


def is_unproven(live: Live) -> bool:
    """Whether the mark of an object proves nothing, because a person may have copied it.

    That of an unfinished creation is bound to no name, and only kinds with a secret have it.
    """
    owned = live.owned
    if owned is None or owned.fits(live.name):
        return False
    return owned.check != UNFINISHED or not kind_of(live).secret_name


def unproven_problem(live: Live, fate: str, way_in: str) -> tuple[str, str]:
    """The message and the hint; `fate` is what would happen to it, `way_in` how to say that it is ours."""
    checked = live.owned and live.owned.check
    why = "was renamed by hand, or copied" if checked else "carries a mark without a check"
    return (
        f"{fate}, and {live.place}, which carries its mark, {why}: nothing is deleted",
        f"if it is ours, {way_in}; if not, remove the mark {live.owned} from it",
    )


def left_copy_problem(fate: str, copies: Iterable[Live]) -> tuple[str, str] | None:
    """The message and the hint if one of these would be alone with the mark, and so be taken for the object.

    `fate` is what happens to the object.
    """
    copy = next((copy for copy in copies if not copy.retired), None)
    if copy is None:
        return None
    return (
        f"{fate}, but {copy.place} is a copy with its mark, which would be taken for it then",
        f"take the mark {copy.owned} off the copy first, or adopt it under a key of its own",
    )


def copy_notices(ownership: Ownership) -> Iterable[str]:
    """The notices of copies of our objects, which are left alone."""
    for ref, copies in ownership.copies.items():
        match = ownership.matches.get(ref)
        original = f" of {match.live.place}" if match and match.live else ""
        for copy in copies:
            if not copy.retired:
                yield (
                    f"{ref}: {copy.place} carries its mark, but is a copy{original}: it is not ours and "
                    "is left unchanged. Remove its mark, or adopt it under its own key"
                )
