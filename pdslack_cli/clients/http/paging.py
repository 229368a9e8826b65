"""Collect paged lists of either vendor: each object once, and with a limit on endless lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pdslack_cli.errors import ApiError

if TYPE_CHECKING:
    from pdslack_cli.clients.http.calls import ApiRequest

MOST_SPARSE_PAGES = 50  # of fewer than ten objects: either vendor may send short and empty pages


class Pages:
    """Collects the pages of one list, of `most` objects at most."""

    def __init__(self, request: ApiRequest, most: int) -> None:
        self.request = request
        self._most = most
        self._found: dict[Any, Any] = {}
        self._latest: list[Any] = []
        self._positions: set[Any] = set()

    @property
    def objects(self) -> list[Any]:
        """Each object once, by its id: one that is made while we read shifts another to the next page."""
        return list(self._found.values())

    def add(self, page: list[Any], following: str | int | None) -> None:
        """Add a page; `following` is the position of the next one. Raises ApiError if the list never ends."""
        before = len(self._found)
        for entry in page:
            self._found[_identity(entry, len(self._found))] = entry
        if following is None:
            return
        repeated = page and (len(self._found) == before or page == self._latest)
        if repeated or following in self._positions:
            raise self._endless("a page came twice")
        self._latest = page
        self._positions.add(following)
        if len(self._found) > self._most:
            raise self._endless(f"it has more than {self._most:,} objects")
        if len(self._positions) > MOST_SPARSE_PAGES + len(self._found) // 10:
            raise self._endless(f"{len(self._positions)} pages hold only {len(self._found)} objects")

    def _endless(self, why: str) -> ApiError:
        vendor = self.request.vendor
        return self.request.error(
            ApiError,
            f"{vendor}'s list {self.request} does not end: {why}",
            hint=f"check {self.request.provider.upper()}_API_URL and the network's proxy; if they are "
            "correct, run again later",
        )


def _identity(entry: Any, place: int) -> Any:
    """The identity of an entry among the others: its id, the entry itself if it is a text, or its place."""
    if isinstance(entry, dict):
        id_ = dict.get(entry, "id")
        return id_ if isinstance(id_, str) else place
    return entry if isinstance(entry, str) else place
