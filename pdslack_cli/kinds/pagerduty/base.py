"""Common base of the PagerDuty kinds: one list, one wrapper, partial PUT (pagerduty.md 1.4, 1.5)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from pdslack_cli.clients.create_once import LOOKUP_DELAYS, create_once
from pdslack_cli.clients.pagerduty import Host, Token
from pdslack_cli.errors import ApiError, NotFoundError, PdslackError
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.kind import Kind, LookupKind, Provider, marked_live
from pdslack_cli.kinds.base.spec import S
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.lenses.merge import merged
from pdslack_cli.kinds.mark import join_mark
from pdslack_cli.model import Json, Live, OwnershipMark, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients


def reference(id_: str, type_: str) -> Json:
    """A reference as PagerDuty takes it (pagerduty.md 1.4)."""
    return {"id": id_, "type": f"{type_}_reference"}


class PagerDutyLookup(LookupKind[S]):
    """Read-only kinds: one list, one wrapper."""

    provider: ClassVar[Provider] = "pagerduty"
    path: ClassVar[str]
    wrapper: ClassVar[str]  # the singular; lists use `plural`
    plural: ClassVar[str]
    params: ClassVar[Mapping[str, Any]] = {}
    paged: ClassVar[bool] = True  # False: its list comes whole

    def read(self, clients: Clients, wanted: Collection[S]) -> Iterable[Live]:
        return [self.live(raw) for raw in self.listed(clients)]

    def listed(self, clients: Clients) -> Iterable[Json]:
        """Return all objects as the vendor lists them."""
        return clients.pagerduty.list(self.path, self.plural, paged=self.paged, **self.params)

    def live(self, raw: Json) -> Live:
        return marked_live(self, raw)


class PagerDutyKind(PagerDutyLookup[S], Kind[S]):
    """Kinds that are created by POST, updated by a partial PUT and marked in a text of theirs."""

    type_name: ClassVar[str | None] = None  # the `type` that the object must carry
    marked_field: ClassVar[str] = "description"  # a name, where there is no other text of ours
    required: ClassVar[frozenset[str]] = frozenset({"name"})  # fields every PUT must repeat
    nulls: ClassVar[frozenset[str]] = frozenset()  # fields of a new object that null means something for

    def live(self, raw: Json) -> Live:
        return marked_live(self, raw, self.marked_field)

    def marked_text(self, spec: S) -> tuple[str, str]:
        return self.marked_field, getattr(spec, self.marked_field, "")

    def create(self, session: Session, ref: Ref, spec: S, mark: OwnershipMark) -> Live:
        name = self.secret_of(spec)
        if not name:
            return self._create(session, spec, mark)
        live = self._create(session, spec, mark.as_unfinished)
        secret = self.taken_secret(live)
        if not secret:
            raise LostSecretError(f"its {name} was in an answer that got lost, and is shown only once")
        session.secrets.store(ref, name, secret)
        self.update(session, live, spec, (), mark)
        session.notice(ref, f"its {name} is in {session.secrets.place}")
        return live

    def taken_secret(self, live: Live) -> str | None:
        """Remove and return the secret of an object that was just created, if the answer had it."""
        secret: str | None = live.raw.pop("secret", None)
        return secret

    def _create(self, session: Session, spec: S, mark: OwnershipMark) -> Live:
        body = self._body(session, spec, spec.managed, None, mark)
        sender, folder = self.sender(session.clients), self.folder_of(spec, session.id_index)
        raw = create_once(
            lambda: session.clients.pagerduty.create(folder, body, sender=sender)[self.wrapper],
            lambda: self._find(session, mark),
            unique=self.unique_names,
            clock=session.clients.clock,
        )
        return self.live(raw)

    def folder_of(self, spec: S, id_index: IdIndex) -> str:
        """Return the path at which an object of the entry is created."""
        return self.path

    def path_of(self, live: Live) -> str:
        """Return the path of the object."""
        return f"{self.path}/{live.id}"

    def check_exists(self, clients: Clients, live: Live) -> None:
        clients.pagerduty.get(self.path_of(live))

    def sender(self, clients: Clients) -> str | None:
        """Return the e-mail in whose name objects are created, where PagerDuty asks for one (`From`)."""
        return None

    def update(
        self, session: Session, live: Live, spec: S, fields: Collection[str], mark: OwnershipMark | None
    ) -> None:
        body = self._body(session, spec, {*fields, *self.required}, live, mark)
        session.clients.pagerduty.update(self.path_of(live), body)

    def delete(self, session: Session, live: Live) -> None:
        self.delete_parts(session, live)
        remove(session.clients, self.path_of(live))

    def _body(
        self,
        session: Session,
        spec: S,
        fields: Collection[str],
        live: Live | None,
        mark: OwnershipMark | None,
    ) -> Json:
        names = set(fields) - self.part_fields
        body = self.encode(spec.restricted_to(names), session.id_index, live)
        if live is None:  # null clears what is there, and most schemas forbid it
            body = {name: value for name, value in body.items() if value is not None or name in self.nulls}
        else:
            before = self.encode(
                self.decode(live, session.id_index).restricted_to(names), session.id_index, live
            )
            held = self.sendable(live)
            body = merged(body, before, {name: held[name] for name in body if name in held})
        field = self.marked_field
        text = body.get(field, live.raw.get(field, "") if live else "")
        body[field] = join_mark(text, mark, " " if field == "name" else "\n\n")
        if self.type_name:
            body["type"] = self.type_name
        return {self.wrapper: body}

    def _find(self, session: Session, mark: OwnershipMark) -> Json | None:
        """Find the raw object with our mark, if the vendor lists it by now; excludes those the plan knew."""
        raws = self.listed(session.clients)
        ours = (raw for raw in raws if self.live(raw).is_marked_as(mark))
        return next((raw for raw in ours if (self.name, raw["id"]) not in session.seen), None)


class LostSecretError(PdslackError):
    """The secret that is shown once was lost, so the object stays unfinished."""

    hint = "run apply again: it replaces the object and stores the new secret"


def remove(
    clients: Clients,
    path: str,
    *,
    token: Token = "account",  # noqa: S107 - its kind
    host: Host = "api",
) -> None:
    """Delete; a missing object is not an error, one that is still there 10 s after a 404 is."""
    put_away(clients, path, lambda: clients.pagerduty.delete(path, token=token, host=host), token, host)


def put_away(
    clients: Clients,
    path: str,
    call: Callable[[], object],
    token: Token = "account",  # noqa: S107 - its kind
    host: Host = "api",
) -> None:
    """Make the call that deletes or disables the object at that path; it may be missing already.

    One that an earlier run deleted a moment ago may still show for 10 s.
    """
    try:
        call()
    except NotFoundError:
        for seconds in LOOKUP_DELAYS:
            clients.clock.sleep(seconds)
            try:
                clients.pagerduty.get(path, token=token, host=host)
            except ApiError:
                return
        raise
