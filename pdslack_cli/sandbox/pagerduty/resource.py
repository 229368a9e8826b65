"""A kind of object with the five classic calls; families override the differences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from http import HTTPStatus
from typing import ClassVar

from werkzeug.routing import Rule, RuleFactory

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import SITE, Api, SandboxResponse, SortKey
from pdslack_cli.sandbox.pagerduty.fields import Fields, read
from pdslack_cli.sandbox.pagerduty.refusals import PagerDutyRefusal, invalid, not_found
from pdslack_cli.sandbox.pagerduty.runtime import auditing
from pdslack_cli.sandbox.settings import Ability
from pdslack_cli.sandbox.store import Store


def by_name(document: Json) -> str:
    """A key that sorts by name, case ignored."""
    return str(document["name"]).casefold()


class RestResource:
    """Objects of one kind, at `path`, each a document in the store.

    Names that begin with `_` in a document are kept and never shown. A kind below another one (`path` names
    it as `<parent>`) keeps its parent's id as `_parent`.
    """

    name: ClassVar[str]
    """Its type, and its kind in the store."""

    wrapper: ClassVar[str] = ""
    """What one object is wrapped in, where that is not its name."""

    plural: ClassVar[str]
    """What a list of them is wrapped in."""

    fields: ClassVar[Fields]
    path: ClassVar[str]
    parent: ClassVar[str] = ""
    types: ClassVar[tuple[str, ...]] = ()
    """The types its objects may have, where that is not its name."""

    shown_types: ClassVar[tuple[str, ...]] = ()
    """The type in answers, where that is not its name; requests may have any of the types."""

    site: ClassVar[str | None] = None
    """The path of its page on the web site, if it has one."""

    created: ClassVar[int] = HTTPStatus.CREATED
    unique_name: ClassVar[bool] = False
    by_name: ClassVar[bool] = False
    """Whether lists are sorted by name, not by age."""

    ability: ClassVar[Ability | None] = None
    """What the account must be able to do for any call."""

    pages: ClassVar[bool] = True
    """Whether its list comes in pages; a few come whole (pagerduty.md 1.6)."""

    ahead: ClassVar[Mapping[str, str]] = {}
    """The kinds whose objects an answer shows or counts, and their indexed field that has its id."""

    methods: ClassVar[frozenset[str]] = frozenset({"index", "create", "show", "update", "destroy"})

    def rules(self) -> Iterable[RuleFactory]:
        """The routes of this kind."""
        one = f"{self.path}/<id>"
        for call, path, method in (
            ("index", self.path, "GET"),
            ("create", self.path, "POST"),
            ("show", one, "GET"),
            ("update", one, "PUT"),
            ("destroy", one, "DELETE"),
        ):
            if call in self.methods:
                yield Rule(path, methods=[method], endpoint=getattr(self, call))

    # The calls

    def index(self, api: Api, parent: str = "") -> SandboxResponse:
        """`GET` of a list: a page of the objects that `selects` matches."""
        parent = self.admitted(api, parent)
        documents = [document for document in self.documents(api, parent) if self.selects(api, document)]
        if self.by_name:
            documents.sort(key=by_name)
        return self.paged(api, api.ordered(documents, self.sorts(api)))

    def create(self, api: Api, parent: str = "") -> SandboxResponse:
        """`POST`."""
        parent = self.admitted(api, parent)
        document = self.add(api, self.body(api), parent)
        auditing.note(api, "create", self.name, None, document)
        return self.answer(api, document, self.created)

    def show(self, api: Api, id: str, parent: str = "") -> SandboxResponse:  # noqa: A002 - the vendor's own word
        """`GET` of one."""
        return self.answer(api, self.existing(api, id, parent))

    def update(self, api: Api, id: str, parent: str = "") -> SandboxResponse:  # noqa: A002
        """`PUT`: fields missing in the body stay unchanged."""
        old = self.existing(api, id, parent)
        before = deepcopy(old)
        body = self.body(api)
        new = read(self.fields, body, api.exists, old)
        self._check_name(api, new)
        new = self.checked(api, new, body, old)
        api.replace(self.name, new)
        self.written(api, new, body, old)
        new = api.get(self.name, id) or new
        auditing.note(api, "update", self.name, before, new)
        return self.answer(api, new)

    def destroy(self, api: Api, id: str, parent: str = "") -> SandboxResponse:  # noqa: A002
        """`DELETE`, unless the object is in use."""
        document = self.existing(api, id, parent)
        if blockers := tuple(self.blockers(api, document)):
            raise self.in_use(*blockers)
        auditing.note(api, "delete", self.name, document, None)
        api.delete(self.name, id)
        self.deleted(api, document)
        return SandboxResponse(None, HTTPStatus.NO_CONTENT)

    # What a family overrides

    def answer(self, api: Api, document: Json, status: int = HTTPStatus.OK) -> SandboxResponse:
        """One object, wrapped."""
        return SandboxResponse({self.wrapper or self.name: self.view(api, document)}, status)

    def paged(self, api: Api, documents: list[Json]) -> SandboxResponse:
        """What a list answers: the classic page, or all."""
        if not self.pages:
            return SandboxResponse({self.plural: [self.view(api, document) for document in documents]})
        return api.page(self.plural, documents, lambda document: self.view(api, document), ahead=self.ahead)

    def selects(self, api: Api, document: Json) -> bool:
        """Whether a list's filters let the document through."""
        if "query" not in api.arguments:
            return True
        return api.arguments["query"].casefold() in self.summary(document).casefold()

    def sorts(self, api: Api) -> Mapping[str, SortKey]:
        """The fields that `sort_by` may name, and how to compare them."""
        return {}

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """The document to store. Raises Refused for rules that a field table cannot express."""
        return new

    def written(self, api: Api, new: Json, body: Json, old: Json | None) -> None:
        """Side effects of a create or update."""

    def blockers(self, api: Api, document: Json) -> Iterable[str]:
        """Return why the object cannot be deleted, in the vendor's words."""
        return ()

    def in_use(self, *blockers: str) -> PagerDutyRefusal:
        """The refusal of a delete."""
        return invalid(*blockers)

    def deleted(self, api: Api, document: Json) -> None:
        """Side effects of a delete."""

    def computed(self, api: Api, document: Json) -> Json:
        """Fields of the answer that are not stored in the document, or are shown differently."""
        return {}

    def new_id(self, store: Store) -> str:
        """An id for a new object."""
        return ids.short(store)

    def type_of(self, document: Json) -> str:
        """The `type` of an object."""
        return self.shown_types[0] if self.shown_types else self.name

    def summary(self, document: Json) -> str:
        """Its summary in references."""
        return str(document["name"])

    # What all share

    def add(self, api: Api, body: Json, parent: str = "", id: str = "") -> Json:  # noqa: A002
        """Check a new object and keep it, under an id of its own unless one is given. Raises Refused."""
        if self.ability:
            api.need(self.ability)
        new = read(self.fields, body, api.exists)
        new["id"] = id or self.new_id(api.store)
        if parent:
            new["_parent"] = parent
        self._check_name(api, new)
        new = self.checked(api, new, body, None)
        api.insert(self.name, new)
        self.written(api, new, body, None)
        return api.get(self.name, new["id"]) or new

    def body(self, api: Api) -> Json:
        """The object in the request. It may lack a type (Terraform's provider sends none), but not lie."""
        body = api.body(self.wrapper or self.name)
        sent_type = str(body.get("type") or self.name).removesuffix("_reference")
        if "type" not in self.fields and sent_type not in (self.name, *self.types, *self.shown_types):
            raise invalid(f"Type must be {self.name}")
        return body

    def existing(self, api: Api, id: str, parent: str = "") -> Json:  # noqa: A002
        """The document of this id (below this parent). Raises Refused with 404."""
        parent = self.admitted(api, parent)
        document = api.get(self.name, id)
        if document is None or document.get("_parent", "") != parent:
            raise not_found()
        return document

    def documents(self, api: Api, parent: str = "") -> list[Json]:
        """All documents of this kind (below this parent)."""
        return api.find(self.name, _parent=parent) if self.parent else api.all(self.name)

    def links(self, api: Api, document: Json) -> Json:
        """`summary`, `self` and `html_url`."""
        path = self.path.replace("<parent>", document.get("_parent", ""))
        page = None if self.site is None else SITE + self.site.format(**document)
        return {
            "summary": self.summary(document),
            "self": f"{api.base}{path}/{document['id']}",
            "html_url": page,
        }

    def view(self, api: Api, document: Json) -> Json:
        """The object as it is answered."""
        kept = {name: value for name, value in document.items() if not name.startswith("_")}
        whole = {
            **kept,
            "type": self.type_of(document),
            **self.links(api, document),
            **self.computed(api, document),
        }
        answered: Json = api.expanded(whole)
        return answered

    def admitted(self, api: Api, parent: str) -> str:
        """Return the parent's id after checking that the call is allowed. Raises Refused."""
        if self.ability:
            api.need(self.ability)
        if self.parent and api.get(self.parent, parent) is None:
            raise not_found()
        return parent

    def _check_name(self, api: Api, new: Json) -> None:
        if self.unique_name and any(
            other["id"] != new["id"] for other in api.find(self.name, name=new["name"])
        ):
            raise invalid("Name has already been taken")
