"""A list that belongs to a user, whose items are identified by their content (pagerduty.md 3.4 to 3.6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from pdslack_cli.clients.create_once import create_once
from pdslack_cli.errors import ApiError
from pdslack_cli.kinds.pagerduty.base import remove
from pdslack_cli.model import Json

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients


@dataclass(frozen=True)
class UserList:
    """The items of one list of a user; the vendor refuses a second one that says the same."""

    clients: Clients
    user: str
    plural: str
    wrapper: str

    @property
    def path(self) -> str:
        return f"/users/{self.user}/{self.plural}"

    def read(self, **params: Any) -> list[Json]:
        """Return all items; the vendor does not page this list."""
        return self.clients.pagerduty.list(self.path, self.plural, paged=False, **params)

    def add(self, body: Json, is_same: Callable[[Json], bool], **params: Any) -> str:
        """Add an item, or find the one that says the same, and return its id."""

        def find() -> Json | None:
            return next(filter(is_same, self.read(**params)), None)

        try:
            return str(self._create(body, find)["id"])
        except ApiError as error:
            there = find() if error.status == HTTPStatus.BAD_REQUEST else None
            if there is None:
                raise
            return str(there["id"])

    def _create(self, body: Json, find: Callable[[], Json | None]) -> Json:
        return create_once(
            lambda: dict(self.clients.pagerduty.create(self.path, {self.wrapper: body})[self.wrapper]),
            find,
            unique=True,
            clock=self.clients.clock,
        )

    def update(self, id_: str, body: Json) -> None:
        self.clients.pagerduty.update(f"{self.path}/{id_}", {self.wrapper: body})

    def remove(self, id_: str) -> None:
        remove(self.clients, f"{self.path}/{id_}")
