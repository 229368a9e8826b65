"""The write operations of a kind: create, update, delete, restore."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar, Protocol

from pdslack_cli.errors import ApiError
from pdslack_cli.kinds.base.answers import AnswerReader
from pdslack_cli.kinds.base.namespace import Namespace
from pdslack_cli.kinds.base.section import Section
from pdslack_cli.kinds.base.spec import Resource, S
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.model import Live, OwnershipMark, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients


class SecretSink(Protocol):
    """Storage for a secret that the vendor returns only once."""

    @property
    def place(self) -> str:
        """The storage location, for messages."""

    def store(self, ref: Ref, name: str, value: str) -> None: ...

    def carried_over(self, owner: str, old: Ref, ref: Ref) -> AbstractContextManager[bool]:
        """Context manager: keep under `ref` what is stored for an owner under an old ref, which ends with it.

        What fails in between leaves both. False if the store cannot read.
        """


@dataclass(frozen=True)
class Session:
    """The context of a write: clients, id index, owner, and secret storage."""

    clients: Clients
    id_index: IdIndex
    owner: str
    secrets: SecretSink
    notice: Callable[[Ref, str], None]  # for what a vendor warns of while it does what was asked
    seen: frozenset[tuple[str, str]] = frozenset()  # kind and id of all that the plan knew: none of it is new


class Calls(AnswerReader, Section[S]):
    """Creates, updates and deletes objects of a kind."""

    unique_names: ClassVar[bool] = False  # True: the vendor refuses a second one of the same name
    perhaps_unique_names: ClassVar[bool] = False  # True: it may, which is not documented
    archives_on_delete: ClassVar[bool] = False  # True: deleting only archives it, and its name stays taken
    secret_name: ClassVar[str] = ""  # what is kept of a new one, for it is shown only once
    write_only_fields: ClassVar[frozenset[str]] = frozenset()  # never returned; `rotate` sends them again

    @property
    def namespaces(self) -> Mapping[str, Namespace]:
        """The fields whose values the vendor gives out once, and among which names."""
        if self.unique_names or self.perhaps_unique_names:
            return {"name": Namespace(self.title)}
        return {}

    def live_name(self, live: Live, field: str) -> str:
        """Return the value of such a field in a live object."""
        return live.name

    def wanted_name(self, spec: Resource, field: str) -> str:
        """Return the value of such a field in an object that is written as `spec` says."""
        return str(getattr(spec, field))

    def secret_of(self, spec: Resource) -> str:
        """Return the name of the secret that is shown once, or "": not every object of a kind has one."""
        return self.secret_name

    @abstractmethod
    def create(self, session: Session, ref: Ref, spec: S, mark: OwnershipMark) -> Live:
        """Create the object with its mark and without its parts, at most once (`clients/create_once.py`)."""

    def is_unfinished(self, live: Live) -> bool:
        """Return whether we created the object and it does not have its mark yet."""
        return False

    def refuses_second(self, error: ApiError) -> bool:
        """Return whether the vendor may have refused a creation because the name is now taken."""
        return error.status == HTTPStatus.BAD_REQUEST

    @abstractmethod
    def update(
        self, session: Session, live: Live, spec: S, fields: Collection[str], mark: OwnershipMark | None
    ) -> None:
        """Change these fields (parts excluded) and write the mark; None removes the mark."""

    @abstractmethod
    def delete(self, session: Session, live: Live) -> None:
        """Delete the object, or archive it if the vendor cannot delete; a missing object is not an error."""

    def can_restore(self, clients: Clients) -> bool:
        """Return whether the available tokens can restore an archived object."""
        return False

    def restore(self, session: Session, live: Live) -> None:
        """Restore an archived object; does nothing for kinds that are deleted."""

    def read_outputs(self, clients: Clients, live: Live) -> Mapping[str, str]:
        """Return the outputs of the object besides its id, by name; all of them are secret."""
        return {}
