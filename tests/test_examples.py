"""Every example, as a user would run it: validated, applied, planned to nothing, changed, destroyed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support import forked

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parents[1] / "examples"


def pdslack(*words: str, folder: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the command as a process of its own."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "NO_PROXY": "127.0.0.1"}
    done = forked.run(words, cwd=folder, env=environ)
    assert done.returncode == code, done.stdout + done.stderr
    return done


@pytest.fixture
def example(request, tmp_path):
    source = EXAMPLES / request.param
    target = tmp_path / source.name
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(".pdslack"))
    else:
        shutil.copy(source, target)
    return target


STACKS = ["quickstart.yaml", "tutorial.yaml", "fintech", "each", "two-way", "complete"]


@pytest.mark.parametrize("example", STACKS, indirect=True)
def test_example_lives_a_whole_life(example, tmp_path):
    name = example.name
    pdslack("validate", name, folder=tmp_path)
    first = pdslack("plan", "--sandbox", "--detailed-exitcode", name, folder=tmp_path, code=2)
    changed = re.findall(r"# (\S+) will be updated", first.stdout)
    assert all(ref.startswith("person/") for ref in changed), "all else is new"
    assert f"to add, {len(changed)} to change, 0 to destroy." in first.stdout

    applied = pdslack("apply", "--sandbox", "--yes", name, folder=tmp_path)
    assert "Apply complete!" in applied.stdout

    again = pdslack("apply", "--sandbox", "--yes", name, folder=tmp_path)
    assert "No changes. PagerDuty and Slack match the files." in again.stdout
    pdslack("plan", "--sandbox", "--detailed-exitcode", name, folder=tmp_path, code=0)

    files = sorted(example.glob("*.yaml")) if example.is_dir() else [example]
    for file in files:
        text = file.read_text()
        for description in ("Takes card payments", "Production Alert Service"):
            text = text.replace(description, "Takes money")
        file.write_text(text)
    update = pdslack("apply", "--sandbox", "--yes", "--format", "json", name, folder=tmp_path)
    results = json.loads(update.stdout)["results"]
    assert [result["action"] for result in results] == ["update"]

    for file in files:
        file.write_text(file.read_text().replace("    protect: true\n", ""))
    if name == "complete":
        kept = pdslack("destroy", "--sandbox", name, folder=tmp_path, code=1)
        assert "service/auth is kept: it is protected" in kept.stdout
        unprotected = pdslack("apply", "--sandbox", "--yes", name, folder=tmp_path)
        assert "Apply complete! Resources: 0 added, 1 changed, 0 destroyed." in unprotected.stdout

    destroyed = pdslack("destroy", "--sandbox", "--yes", name, folder=tmp_path)
    assert "Destroy complete!" in destroyed.stdout
    empty = pdslack("plan", "--sandbox", "--format", "json", name, folder=tmp_path)
    actions = [change["change"]["actions"] for change in json.loads(empty.stdout)["resource_changes"]]
    assert all(action in (["create"], ["update"]) for action in actions)
