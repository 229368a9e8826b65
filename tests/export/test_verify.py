"""What only the export as a whole shows is left out with its reason, and the rest passes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from pdslack_cli.config.stack import Header
from pdslack_cli.errors import ProblemsError
from pdslack_cli.export.account import Account
from pdslack_cli.export.export import Export, make_export
from pdslack_cli.export.selection import Selection
from pdslack_cli.export.verify import find_faults
from pdslack_cli.sandbox.faults import Fault as Refusal
from tests.export.account import CONDITIONS, Accounts, path, reference, rule
from tests.export.exports import (
    comments,
    exported,
    loaded,
    one_document,
    proved,
    read,
    words,
)
from tests.support.factories import mark

pytestmark = pytest.mark.slow_after(2)


def first_service(accounts: Accounts, name: str = "API", **fields: Any) -> str:
    return accounts.service(name, accounts.all("escalation_policy")[0], [], **fields)


def rewritten(account: Account, change: Mapping[str, Any]) -> tuple[Export, Mapping[str, str]]:
    """An export whose writer puts other words into an entry, as a fault of our own would."""

    def to_files(found: Export) -> Mapping[str, str]:
        entries = [
            replace(entry, content={**entry.content, **change})
            if entry.section == "services"
            and "lookup" not in entry.content
            and change.keys() & {*entry.content}
            else entry
            for entry in found.entries
        ]
        return one_document(replace(found, entries=tuple(entries)))

    return make_export(account, Header(owner="acme"), Selection(), to_files, {})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param({"description": "other"}, "a plan would change it", id="planned"),
        pytest.param({"description": [1]}, "", id="not valid"),
        pytest.param({"description": "[pdslack:acme/x]"}, "a text must not contain", id="a mark"),
        pytest.param({"description": "${nothing}"}, "", id="a variable"),
        pytest.param({"escalation_policy": "nobody"}, "unknown escalation policy", id="a reference"),
    ],
)
def test_what_the_check_refuses_is_left_out_with_its_reason(accounts, tmp_path, change, reason):
    first_service(accounts, description="Takes money")
    accounts.team("Payments", None, {})

    export, texts = rewritten(read(accounts.sandbox), change)

    said = words(export)
    assert not change.keys() & said.get("service/api", {}).keys()
    assert said["team/payments"] == {"name": "Payments", "members": {}}
    assert reason in "\n".join(
        [*export.left_out, *(text for entry in export.entries for text in entry.comments)]
    )
    loaded(dict(texts), tmp_path)


@pytest.mark.slow
def test_lints_that_are_errors_are_switched_off(accounts):
    service = first_service(accounts)
    accounts.service_rules(service, path(("start", [rule(CONDITIONS[4], severity="info")])), active=True)
    account = read(accounts.sandbox)
    (text,) = one_document(exported(accounts.sandbox)).values()
    unaware = text.replace("ignore:\n          - lone-value\n        ", "")
    assert unaware != text

    (fault,) = find_faults({"pdslack.yaml": unaware}, {}, account.objects, complete=True)

    assert (str(fault.ref), fault.path[:2], fault.lint) == ("service/api", ("rules", 0), "lone-value")


def test_an_export_that_cannot_be_cured_names_the_entry(accounts):
    accounts.team("Payments", None, {})

    def to_files(found: Export) -> Mapping[str, str]:
        return {"pdslack.yaml": one_document(found)["pdslack.yaml"] + "webhooks:\n  stray: {url: 7}\n"}

    with pytest.raises(ProblemsError, match="the export would not validate: webhook/stray"):
        make_export(read(accounts.sandbox), Header(owner="acme"), Selection(), to_files, {})


# --- accounts in which entries meet ------------------------------------------------------------------


@pytest.mark.slow
def test_connections_of_one_service_and_channel_are_one_entry(accounts, tmp_path):
    service = first_service(accounts)
    accounts.channel("incidents", by_bot=True)
    for urgency in ("high", "low"):
        accounts.connection(reference("service", service), accounts.all("channel")[0], urgency=urgency)

    proved(accounts.sandbox, tmp_path)


@pytest.mark.slow
def test_channels_of_one_name_of_which_one_is_archived(accounts, tmp_path):
    accounts.channel("incidents", by_bot=True, topic="old", archived=True)
    accounts.channel("incidents-2", by_bot=True, topic="new")
    old, new = accounts.all("channel")
    accounts.edit("slack.channel", new, lambda document: document.update(name="incidents"))

    assert "incidents" in proved(accounts.sandbox, tmp_path)
    assert old not in str(words(exported(accounts.sandbox)))


@pytest.mark.slow
def test_names_that_are_one_across_kinds(accounts, tmp_path):
    for name in ("payments", "Payments!"):
        accounts.team(name, None, {})
        first_service(accounts, name)
    accounts.channel("payments", by_bot=True)

    proved(accounts.sandbox, tmp_path)


@pytest.mark.slow
def test_a_copy_of_a_marked_object_is_not_managed_under_its_mark(accounts, tmp_path):
    owned = mark("acme/api", "API")
    for name in ("API", "API copy"):
        first_service(accounts, name, description=f"Takes money\n\n{owned}")

    proved(accounts.sandbox, tmp_path)


def test_protected_marks_are_kept(accounts, tmp_path):
    first_service(accounts, description=mark("acme/api", "API", protected=True))

    assert "protect: true" in proved(accounts.sandbox, tmp_path)


def test_rules_that_could_not_be_read_are_told(accounts, tmp_path):
    service = first_service(accounts)
    accounts.sandbox.faults.add(
        Refusal("403", path=f"/event_orchestrations/services/{service}$", times=100_000)
    )
    try:
        export = exported(accounts.sandbox)
    finally:
        accounts.sandbox.faults.clear()

    assert "rules" not in words(export)["service/api"]
    assert "`rules` is left out: " in comments(export, "service/api")
