"""The calls of a kind that write: create, update, delete, restore."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar, Generic, Protocol

from pdslack_cli.errors import ApiError
from pdslack_cli.kinds.base.answers import AnswerReader
from pdslack_cli.kinds.base.spec import S
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.model import Live, Owned, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients


class SecretSink(Protocol):
    """Where a secret goes that the vendor shows once."""

    @property
    def place(self) -> str:
        """Where they are, for people."""

    def store(self, ref: Ref, name: str, value: str) -> None: ...


@dataclass(frozen=True)
class Session:
    """What a write needs: how to reach the vendors, who is who, whose objects, and where secrets go."""

    clients: Clients
    id_index: IdIndex
    owner: str
    secrets: SecretSink
    notice: Callable[[Ref, str], None]  # for what a vendor warns of while it does what was asked
    seen: frozenset[tuple[str, str]] = frozenset()  # kind and id of all that the plan knew: none of it is new


class Calls(AnswerReader, Generic[S]):
    """Creates, updates and deletes objects of a kind."""

    unique_names: ClassVar[bool] = False  # True: the vendor refuses a second one of the same name
    perhaps_unique_names: ClassVar[bool] = False  # True: it may, which is not documented
    archives_on_delete: ClassVar[bool] = False  # True: deleting only archives it, and its name stays taken
    secret_name: ClassVar[str] = ""  # what is kept of a new one, for it is shown only once

    @abstractmethod
    def create(self, session: Session, ref: Ref, spec: S, mark: Owned) -> Live:
        """Create the object, marked, without its parts; never twice (`clients/create_once.py`)."""

    def is_unfinished(self, live: Live) -> bool:
        """Whether the object was made by us, and does not carry its mark yet."""
        return False

    def refuses_second(self, error: ApiError) -> bool:
        """Whether the vendor may have refused a creation because there is one of that name by now."""
        return error.status == HTTPStatus.BAD_REQUEST

    @abstractmethod
    def update(
        self, session: Session, live: Live, spec: S, fields: Collection[str], mark: Owned | None
    ) -> None:
        """Change those fields (no parts) of the object, and write its mark (None takes it off)."""

    @abstractmethod
    def delete(self, session: Session, live: Live) -> None:
        """Delete the object, or put it away where the vendor has no delete. Gone already is fine."""

    def can_restore(self, clients: Clients) -> bool:
        """Whether the tokens at hand can bring back what was put away."""
        return False

    def restore(self, session: Session, live: Live) -> None:
        """Bring back an object that was put away; nothing to do for kinds that delete theirs."""

    def read_outputs(self, clients: Clients, live: Live) -> Mapping[str, str]:
        """What other programs need of the object beside its id, by name; all of it is secret."""
        return {}
