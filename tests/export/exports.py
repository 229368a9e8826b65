"""Exports of accounts in the sandbox, and the proof that they adopt everything and change nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pdslack_cli.analysis.lints import lint_stack
from pdslack_cli.clients import connect
from pdslack_cli.clients.settings import Settings
from pdslack_cli.config.load import load
from pdslack_cli.config.stack import Header, Stack
from pdslack_cli.errors import Severity
from pdslack_cli.export.account import Account, read_account
from pdslack_cli.export.export import Export, make_export
from pdslack_cli.export.selection import Selection
from pdslack_cli.render.plan.as_json import plan_json
from pdslack_cli.render.yaml import MAIN, yaml_document
from pdslack_cli.sandbox.server import Sandbox
from tests.conftest import FakeClock
from tests.export.account import SECRETS
from tests.support.census import documents
from tests.support.runs import Runner

MARK = re.compile(r"\s*\[pdslack:acme/[^\]]*\]\s*\Z")
MOVING = {"version", "updated", "updated_at", "last_set", "creator"}  # with any write


def read(sandbox: Sandbox, workspace: str = "", without: str = "", **chosen: Any) -> Account:
    environ = {
        name: value for name, value in sandbox.environment().items() if not name.startswith(without or "-")
    }
    clients = connect(Settings.read(environ), workspace=workspace, clock=FakeClock())
    return read_account(clients, Selection(**chosen).reads_whole("acme"))


def one_document(export: Export) -> dict[str, str]:
    return {MAIN: yaml_document(export)}


def exported_from(account: Account, **chosen: Any) -> Export:
    return make_export(account, Header(owner="acme"), Selection(**chosen), one_document, {})[0]


def exported_text(account: Account) -> str:
    """The document that an export of the whole account writes."""
    (text,) = make_export(account, Header(owner="acme"), Selection(), one_document, {})[1].values()
    return text


def exported(sandbox: Sandbox, **chosen: Any) -> Export:
    return exported_from(read(sandbox, **chosen), **chosen)


def words(export: Export) -> dict[str, Any]:
    return {str(entry.ref): entry.content for entry in export.entries}


def comments(export: Export, ref: str) -> str:
    (entry,) = [entry for entry in export.entries if str(entry.ref) == ref]
    return "\n".join(entry.comments)


def loaded(texts: dict[str, str], folder: Path) -> Stack:
    """The stack of some files, once nothing is wrong with it."""
    for name, text in texts.items():
        (folder / name).write_bytes(text.encode())
    stack = load([folder], {})
    assert [problem for problem in lint_stack(stack) if problem.severity is Severity.ERROR] == []
    return stack


def is_adoption(change: dict[str, Any]) -> bool:
    """Whether only the mark is written: an adoption, or a mark of ours that is bound to its name by now."""
    adopted = bool(change["change"].get("importing"))
    in_place = change["change"]["actions"] == (["no-op"] if adopted else ["update"])
    return in_place and change["changed_fields"] == []


def kept(sandbox: Sandbox) -> dict[tuple[str, str], Any]:
    """What the sandbox holds, but our marks and what moves with them."""
    return {
        key: unmarked(document)
        for key, document in documents(sandbox).items()
        if key[0].startswith(("pagerduty.", "slack.")) and key[0] != "slack.message"
    }


def unmarked(document: Any) -> Any:
    if isinstance(document, dict):
        return {name: unmarked(value) for name, value in document.items() if name not in MOVING}
    if isinstance(document, list):
        return [unmarked(value) for value in document]
    return MARK.sub("", document).rstrip() or None if isinstance(document, str) else document


def changed(before: dict[Any, Any], after: dict[Any, Any]) -> list[Any]:
    """What is not as it was: before and after, in fields where that is possible."""
    found: list[Any] = []
    for key in before.keys() | after.keys():
        old, new = before.get(key), after.get(key)
        if old and new:
            names = [name for name in old | new if old.get(name) != new.get(name)]
            found += [(key, name, old.get(name), new.get(name)) for name in names]
        elif old != new:
            found.append((key, old, new))
    return found


def secrets(sandbox: Sandbox) -> set[str]:
    """Everything in the sandbox that opens a door."""
    found = {*SECRETS}
    found |= {
        value for name, value in sandbox.environment().items() if name.endswith(("KEY", "TOKEN", "SECRET"))
    }
    for document in documents(sandbox).values():
        found |= {document.get("integration_key"), document.get("_secret")}
        found |= {(document.get("parameters") or {}).get("routing_key")}
    return {secret for secret in found if isinstance(secret, str)}


def proved(sandbox: Sandbox, folder: Path) -> str:
    """The export of an account, which does all that we promise of it."""
    text = exported_text(read(sandbox))
    stack = loaded({"pdslack.yaml": text}, folder)
    runner = Runner(sandbox)

    plan = runner.plan(stack, adopt=True)
    assert plan.problems == ()
    assert [change for change in plan_json(plan)["resource_changes"] if not is_adoption(change)] == []

    before = kept(sandbox)
    report = runner.apply(stack, adopt=True)
    assert report.complete, [str(result.error) for result in report.results if result.error]
    assert runner.plan(stack).changes == ()
    assert changed(before, kept(sandbox)) == []

    assert exported_text(read(sandbox)) == text
    assert [secret for secret in secrets(sandbox) if secret in text] == []
    return text
