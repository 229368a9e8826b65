"""Tags are one part, whatever kind has them."""

from __future__ import annotations

import pytest

from pdslack_cli.clients import connect
from pdslack_cli.clients.settings import Settings
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.parts import HasParts
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.tags import Tags
from pdslack_cli.model import Live, Ref
from pdslack_cli.sandbox.http import Server
from tests.clients.scripted import Reply, Scripted
from tests.conftest import FakeClock
from tests.support.runs import MemoryStore


@pytest.mark.parametrize("path", ["/teams", "/escalation_policies", "/users"])
def test_one_part_serves_every_kind_that_has_tags(path):
    """Kinds with a field `tags` list the part and write nothing of it again."""
    vendor = Scripted()
    server = Server(0, vendor)
    server.start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    settings = Settings.read({"PAGERDUTY_API_URL": url, "PAGERDUTY_API_KEY": "key"})

    class Tagged(Resource):
        tags: tuple[str, ...] = ()

    class TaggedKind(HasParts[Tagged]):
        parts = (Tags(path),)

    kind, clients = TaggedKind(), connect(settings, clock=FakeClock())
    session = Session(clients, IdIndex(), "acme", MemoryStore(), lambda ref, text: None)
    namesakes = [{"id": "PT1", "label": "gold"}, {"id": "PT2", "label": "gold"}]
    vendor.plays(Reply({"tags": namesakes, "more": False, "limit": 100, "offset": 0}), Reply())

    live = kind.read_parts(clients, Live("any", "PID", "One", {}), {"tags"})
    assert kind.decoded_parts(live, IdIndex()) == {"tags": ("gold",)}
    assert kind.decoded_parts(Live("any", "PID", "One", {}), IdIndex()) == {}
    kind.write_parts(session, Ref("any", "one"), live, Tagged(tags=("eu",)), {"tags"})
    server.stop()

    assert [request.path for request in vendor.seen] == [f"{path}/PID/tags", f"{path}/PID/change_tags"]
    assert vendor.seen[1].json == {
        "add": [{"type": "tag", "label": "eu"}],
        "remove": [{"type": "tag_reference", "id": "PT1"}, {"type": "tag_reference", "id": "PT2"}],
    }
