"""What is written into a user group reads back as the file says it, and the rest stays as it was."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given

from pdslack_cli.kinds.slack.user_group import UserGroup, UserGroups
from pdslack_cli.model import Json
from pdslack_cli.sandbox.slack.content.text import escaped
from tests.kinds.strategies_slack import id_index, user_groups

KIND = UserGroups()


def held(fields: Json) -> Json:
    """What Slack shows of it: texts escaped, channels among its settings."""
    shown = {"id": "S0", "name": "", "handle": "", "description": "", "users": [], **fields}
    texts = {name: escaped(shown[name]) for name in ("name", "description")}
    return {**shown, **texts, "prefs": {"channels": shown.get("channels", []), "groups": []}}


@given(user_groups, user_groups)
def test_a_written_user_group_reads_back_as_the_file_says(there, wanted):
    known = id_index()

    def written(fields: Json, before: Json) -> Json:
        spec = UserGroup.model_validate(fields)
        users = {"users": known.ids(spec.members)} if "members" in fields else {}
        return {**before, **KIND.encode(spec, known, None), **users}

    first = written(there, {})
    before = KIND.live(held(first))
    after = KIND.live(held(written(wanted, first)))

    expected = UserGroup.model_validate(wanted).merged_onto(KIND.decode(before, known), datetime.now(UTC))
    assert KIND.decode(after, known) == expected
