"""What an export asks of a kind: which parts it writes, and what no file can express."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from pdslack_cli.kinds.base.lenses import Lenses
from pdslack_cli.kinds.base.parts import HasParts
from pdslack_cli.kinds.base.spec import S
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.lenses.export_notes import as_comment, unsaid_fields
from pdslack_cli.model import Live

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients


class Exporting(Lenses[S], HasParts[S]):
    """Answers what an export asks."""

    # Fields that a new object does not get our default of where they are left out.
    defaults_spelled_out: ClassVar[frozenset[str]] = frozenset()
    unsaid_usual: ClassVar[Mapping[str, Any]] = {}  # fields that no file can say, and what they usually are
    server_made: ClassVar[frozenset[str]] = frozenset()  # in its fields, what only the vendor writes

    def exported_parts(self, live: Live) -> Collection[str]:
        """The fields of the parts that an export writes."""
        return self.part_fields

    def read_whole(self, clients: Clients, live: Live) -> Live:
        """The object with all parts that an export writes or tells of."""
        live = self.read_parts(clients, live, self.exported_parts(live))
        for part in self.parts:
            live = replace(live, parts={**live.parts, **part.read_for_export(clients, live)})
        return live

    def export_exclusion(self, live: Live) -> str:
        """Why an export does not manage the object; "" where it does."""
        return ""

    def export_notes(self, live: Live, id_index: IdIndex) -> Iterable[str]:
        """What the object holds that no file can say."""
        said = self.encode(self.decode(live, id_index), id_index, live)
        yield from as_comment(unsaid_fields(self.sendable(live), said, self.unsaid_usual, self.server_made))
        for part in self.parts:
            yield from part.export_notes(live, id_index)
