"""What the pages show works: every YAML block is a part of a valid stack, and every command runs."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any, NamedTuple

import pytest
import yaml

from pdslack_cli.analysis.lints import lint_stack
from pdslack_cli.config.load import load_texts
from pdslack_cli.config.sections import SECTIONS, TOP_LEVEL_KEYS
from pdslack_cli.sandbox.server import Sandbox
from tests.config.plain import dump
from tests.support.forked import executable

pytestmark = pytest.mark.slow_after(2)

ROOT = Path(__file__).parents[3]
FINTECH = ROOT / "examples" / "fintech"
SECTION_OF = {kind.name: section for section, kind in SECTIONS.items()}
STARTER = ["init", ".", "--owner", "payments", "--person", "maya=maya@acme.example", "--person",
           "tom=tom@acme.example"]  # fmt: skip
PLACES = ("README.md", "docs/*.md", "docs/concepts/*.md")
FOR_DEVELOPERS = {"architecture.md", "adding-a-kind.md"}


class Block(NamedTuple):
    """A block of a page: its language, its lines, and the word in the comment above it."""

    language: str
    text: str
    comment: str


def blocks(text: str) -> Iterator[Block]:
    pattern = r"(?:^<!-- ([^\n]*) -->\n)?^```(\w+)\n(.*?)^```$"
    for found in re.finditer(pattern, text, re.MULTILINE | re.DOTALL):
        yield Block(found[2], found[3], found[1] or "")


def chapters(page: str) -> dict[str, list[Block]]:
    """The blocks below each heading of a page."""
    _, *parts = re.split(r"^## (.+)$", (ROOT / page).read_text(encoding="utf-8"), flags=re.MULTILINE)
    found = {title: list(blocks(text)) for title, text in zip(parts[::2], parts[1::2], strict=True)}
    return {title: inside for title, inside in found.items() if inside}


def pages() -> list[str]:
    found = [path for place in PLACES for path in sorted(ROOT.glob(place))]
    return [str(path.relative_to(ROOT)) for path in found if path.name not in FOR_DEVELOPERS]


STACK_BLOCKS = [
    pytest.param(block.text, id=f"{page} {number}")
    for page in pages()
    if page not in {"README.md", "docs/how-to.md", "docs/reference.md"}  # which have tests of their own
    for number, block in enumerate(blocks((ROOT / page).read_text(encoding="utf-8")))
    if block.language == "yaml" and block.comment != "bad.yaml"
    and isinstance(yaml.safe_load(block.text), dict) and yaml.safe_load(block.text).keys() & TOP_LEVEL_KEYS
]  # fmt: skip


def merged(stack: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """A stack of which some entries are changed, field by field."""
    result = dict(stack)
    for key, value in change.items():
        if key in SECTIONS and isinstance(value, dict):
            there = result.get(key) or {}
            result[key] = {
                **there,
                **{name: _merged(there.get(name), entry) for name, entry in value.items()},
            }
        else:
            result[key] = value
    return result


def _merged(there: Any, entry: Any) -> Any:
    both = isinstance(there, dict) and isinstance(entry, dict) and "lookup" not in entry
    return {**there, **entry} if both else entry


@pytest.mark.parametrize("text", STACK_BLOCKS)
def test_every_block_of_a_stack_is_valid(cli, text):
    whole: dict[str, Any] = {}
    for file in sorted(FINTECH.glob("*.yaml")):
        whole.update(yaml.safe_load(file.read_text()))
    cli.write("name,team,env\nledger,payments,prod\n", "apps.csv")
    # Its own tests name rules that a block may replace.
    cli.write(dump(merged({**whole, "tests": []}, yaml.safe_load(text)), sort_keys=False))

    cli("validate")


LINT_ROWS = re.findall(
    r"^\| `([a-z-]+)` \| \w+ \| .* \| (`.*`|.*) \| (`.*`|.*) \|$",
    (ROOT / "docs" / "lints.md").read_text(),
    re.MULTILINE,
)


@pytest.mark.parametrize(
    ("lint", "told", "better"), LINT_ROWS, ids=lambda text: text if " " not in text else ""
)
def test_the_page_of_lints_shows_what_is_told_and_what_is_not(lint, told, better):
    assert lint in (found_in(told) if told.startswith("`") else {lint})
    if better.startswith("`"):
        assert lint not in found_in(better)


def found_in(shown: str) -> set[str]:
    """The lints of a cell of the table: a condition, a list of rules, or routes."""
    text = shown.strip("`")
    if text.startswith("routes: "):
        change: dict[str, Any] = {"routing": {"production": yaml.safe_load(text)}}
    else:
        rules = yaml.safe_load(text) if text.startswith("[") else [{"if": text, "then": {"priority": "P1"}}]
        change = {"services": {"payments-api": {"rules": rules}}}
    loaded = load_texts({"a.yaml": dump(merged(starter(), {**change, "tests": []}), sort_keys=False)}, {})
    return {code for problem in lint_stack(loaded) for code in re.findall("[a-z]+(?:-[a-z]+)+", str(problem))}


@cache
def starter() -> dict[str, Any]:
    """What the files of the starter hold together."""
    together: dict[str, Any] = {}
    for file in sorted(FINTECH.glob("*.yaml")):
        together.update(yaml.safe_load(file.read_text()))
    return together


def run(script: str, folder: Path, **more: str) -> str:
    """Run lines of a shell, against the sandbox and without a question."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        name: value for name, value in os.environ.items() if not re.match("PDSLACK|PAGERDUTY|SLACK|CI$", name)
    } | {"PDSLACK_SANDBOX": "1", "PDSLACK_YES": "1", "PYTHONPATH": str(ROOT), **more}
    with TemporaryDirectory() as path, TemporaryFile("w+") as output:
        executable(Path(path))
        with subprocess.Popen(
            ["bash", "-e", "-c", script.replace("8080", str(port))], cwd=folder, start_new_session=True,
            env={**environment, "PATH": f"{path}:{os.environ['PATH']}"},
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
        ) as process:  # fmt: skip
            code = process.wait(timeout=120)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # a sandbox that runs behind the shell
        output.seek(0)
        text = output.read()
    assert code == 0, text
    return text


AUTHOR = {f"GIT_{who}_{what}": "t" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
RECIPES = {
    f"{page}: {title}": inside
    for page in ("docs/how-to.md", "docs/concepts/sandbox.md")
    for title, inside in chapters(page).items()
}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where what the first test of a kind prepared is kept for the others."""
    return tmp_path_factory.mktemp("kept")


@pytest.mark.slow
@pytest.mark.parametrize("title", RECIPES)
def test_every_recipe_works(cli, kept, title):
    file = cli.folder / "pdslack.yaml"
    cli.patch.setenv("PDSLACK_SANDBOX", "1")
    cli.patch.setenv("PDSLACK_YES", "1")
    for name, value in AUTHOR.items():
        cli.patch.setenv(name, value)
    file.unlink()
    if not (kept / "starter").exists():
        cli(*STARTER)
        cli("apply")
        run("git init -q; git add -A; git commit -q -m x; echo '# changed' >> pdslack.yaml", cli.folder)
        run("git commit -q -a -m y", cli.folder)
        shutil.copytree(cli.folder, kept / "starter")
    shutil.copytree(kept / "starter", cli.folder, dirs_exist_ok=True)

    for block in RECIPES[title]:
        lines = block.text.splitlines()
        if block.language == "sh" and all(re.match("pdslack (?!sandbox)", line) for line in lines):
            for line in lines:
                cli(*shlex.split(line)[1:])
        elif block.language == "sh":
            run(block.text, cli.folder)
        elif block.language == "python":
            (cli.folder / "test_page.py").write_text(block.text)
            pytest_words = "-m pytest -q -p no:cacheprovider"
            run(
                f"{sys.executable} {pytest_words if 'def test_' in block.text else ''} test_page.py",
                cli.folder,
            )
        elif block.language == "yaml":
            stack = yaml.safe_load(file.read_text())
            for ref in block.comment.removeprefix("without ").split():
                kind, slash, key = ref.partition("/")
                if slash:
                    del stack[SECTION_OF[kind]][key]
            if made := re.fullmatch('made by hand: service "(.*)"', block.comment):
                with Sandbox(str(cli.folder / ".pdslack" / "sandbox.sqlite")) as sandbox:
                    sandbox.seed({"services": [made[1]]})
            file.write_text(dump(merged(stack, yaml.safe_load(block.text)), sort_keys=False))
            cli("validate")


PAGES_OF_FINTECH = ("docs/ci.md", "docs/export.md", "docs/testing.md")
SCRIPTS = [
    pytest.param(page, block.text, id=f"{page} {block.text.splitlines()[0][:40]}")
    for page in PAGES_OF_FINTECH
    for block in blocks((ROOT / page).read_text(encoding="utf-8"))
    if block.language == "sh"
]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("jq") is None, reason="needs jq")
@pytest.mark.parametrize(("page", "script"), SCRIPTS)
def test_every_script_of_a_page_runs(cli, kept, page, script):
    """In a repository with the fintech example, applied; an export finds its objects without marks."""
    work, applied = cli.folder / "work", kept / "fintech"
    if not applied.exists():
        shutil.copytree(FINTECH, applied)
        run("git init -q -b main; git add -A; git commit -q -m x; git switch -q -c change", applied, **AUTHOR)
        run("pdslack apply -q", applied)
    shutil.copytree(applied, work)
    if page == "docs/export.md":
        run("pdslack release -q '*' && rm *.yaml", work)

    run(script, work)


README = (ROOT / "README.md").read_text(encoding="utf-8")
ANSWERS = [
    command
    for row in README.partition("| you want to know |")[2].partition("\n\n")[0].splitlines()[2:]
    for command in re.findall("`pdslack (.*?)`", row.split(" | ")[-1])
]


@pytest.mark.slow
@pytest.mark.parametrize("command", ANSWERS)
def test_every_command_that_answers_a_question_runs(cli, command):
    (cli.folder / "pdslack.yaml").unlink()
    cli(*STARTER)
    words = shlex.split(command)
    asked = ["--summary", "x", "--to", "routing/events"] if words == ["route"] else []
    assert cli(*words, *asked, code=1 if words == ["doctor"] else 0).out  # which finds that no token is set


@pytest.mark.slow
def test_the_main_command_of_the_readme_prints_what_it_shows(cli):
    command, shown = list(blocks(README))[:2]
    words = shlex.split(command.text.rpartition("pdslack ")[2])
    summary = [re.sub(r"\S+ s\)", "", line) for line in shown.text.splitlines()[1:]]
    cli.write((ROOT / words[-1]).read_text(encoding="utf-8"), words[-1])
    out = cli(*words).out
    assert [re.sub(r"\S+ s\)", "", line) for line in out.splitlines()[-2:]] == summary


@pytest.mark.slow
def test_the_first_hour_of_the_readme_works(tmp_path):
    """Its commands in their order, in one shell, and its edit."""
    chapter = chapters("README.md")["Your first stack"]
    shell = [block.text for block in chapter if block.language == "sh"]
    output = run("\n".join(shell), tmp_path)
    assert "1 passed" in output
    assert "Apply complete!" in output

    file = tmp_path / "infra" / "pdslack.yaml"
    edit = next(block.text for block in chapter if block.language == "yaml")
    file.write_text(dump(merged(yaml.safe_load(file.read_text()), yaml.safe_load(edit))))
    plan = run("pdslack plan", tmp_path / "infra")
    assert "0 to add, 1 to change, 0 to destroy" in plan
    assert re.findall(r"^ {6}[-+~] (\w+):", plan, re.MULTILINE) == ["mark", "auto_resolve_timeout", "rules"]


def test_the_mistakes_that_the_page_about_the_file_shows_are_told_so(cli):
    shown = list(blocks((ROOT / "docs" / "concepts" / "file.md").read_text(encoding="utf-8")))
    cli.write(next(block.text for block in shown if block.comment == "bad.yaml"), "bad.yaml")

    assert cli("validate", "bad.yaml", code=1).err in [block.text for block in shown]


def test_the_mistake_that_the_readme_shows(cli):
    text = (ROOT / "examples" / "quickstart.yaml").read_text(encoding="utf-8")
    cli.write(text.replace("escalate_after: 15m", "escalate_after: 15", 1), "quickstart.yaml")
    found = cli("validate", "quickstart.yaml", code=1).err
    assert found.removesuffix("\n\n1 problem.\n") in [block.text.rstrip() for block in blocks(README)]
