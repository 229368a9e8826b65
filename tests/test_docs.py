"""The documents lead somewhere: what the code cites exists, and so does every link between files."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
VENDORS = ROOT / "docs" / "vendors"
CITATION = re.compile(
    r"\b(pagerduty|orchestration|slack|cli-conventions)\.md ((?:\d[\d.]*(?:, | and | to )?)+)"
)
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def sections(name: str) -> set[str]:
    """The numbers of a page's headings, and of the items of a numbered list right below one (`4.6`)."""
    found, heading = set(), ""
    for line in (VENDORS / f"{name}.md").read_text(encoding="utf-8").splitlines():
        if numbered := re.match(r"#+ (\d+(?:\.\d+)*)[. ]", line):
            heading = numbered[1]
            found.add(heading)
        elif heading and (item := re.match(r"(\d+)\. ", line)):
            found.add(f"{heading}.{item[1]}")
    return found


def citations() -> set[tuple[str, str, str]]:
    return {
        (str(path.relative_to(ROOT)), name, number.rstrip("."))
        for folder in ("pdslack_cli", "tests")
        for path in (ROOT / folder).rglob("*.py")
        for name, numbers in CITATION.findall(path.read_text(encoding="utf-8"))
        for number in re.findall(r"\d+(?:\.\d+)*", numbers)
    }


def test_every_cited_section_exists():
    known = {page.stem: sections(page.stem) for page in VENDORS.glob("*.md")}
    assert not {(path, name, number) for path, name, number in citations() if number not in known[name]}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_between_files_leads_somewhere(page):
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)\s#]+)", page.read_text(encoding="utf-8"))
    assert not [link for link in links if not (page.parent / link).exists()]


@pytest.mark.parametrize("page", [ROOT / "CONTRIBUTING.md", ROOT / "docs" / "architecture.md"], ids=str)
def test_every_file_that_a_page_names_exists(page):
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"`((?:[a-z_]+/)+[a-z_]*(?:\.[a-z]+)?|(?:[a-z_]+/)*[a-z_]+\.py)`", text)
    roots = (ROOT, ROOT / "pdslack_cli", ROOT / "tests" / "engine", ROOT / "tests" / "clients")
    inside = {path.name for path in (ROOT / "pdslack_cli").rglob("*")}
    missing = [
        name
        for name in named
        if not any((root / name).exists() for root in roots) and name.rstrip("/") not in inside
    ]
    assert missing == []


LAWS = (
    "tests/kinds/pagerduty/test_business_service_laws.py",
    "tests/kinds/test_every_kind.py",
    "tests/kinds/test_leaves_alone.py",
    "tests/render/test_no_change_is_hidden.py",
)


@pytest.mark.slow
def test_the_kind_of_the_walk_through_obeys_the_laws(tmp_path):
    """The page about adding a kind, applied to a copy of the repository."""
    page = (ROOT / "docs" / "adding-a-kind.md").read_text(encoding="utf-8")
    for name in ("pdslack_cli", "tests", "examples"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for place, code in re.findall(r"```python\n# (\S+\.py)\n(.*?)```", page, re.DOTALL):
        (tmp_path / place).write_text(code, encoding="utf-8")
    for diff in re.findall(r"```diff\n(.*?)```", page, re.DOTALL):
        subprocess.run(["git", "apply", "-"], input=diff, cwd=tmp_path, text=True, check=True)

    laws = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "business", *LAWS]
    for command in (laws, [sys.executable, "-m", "pdslack_cli.cli.main", "validate", "examples/fintech"]):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
