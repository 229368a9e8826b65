"""The documents lead somewhere: what the code cites exists, and so does every link between files."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from pdslack_cli.kinds import MANAGED
from pdslack_cli.kinds.people import People

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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_heading_leads_to_one(page):
    for name, heading in re.findall(
        r"\]\((?!https?:)([^)\s#]*)#([^)\s]+)\)", page.read_text(encoding="utf-8")
    ):
        target = (page.parent / name if name else page).read_text(encoding="utf-8")
        titles = re.findall(r"^#+ (.+)$", target, re.MULTILINE)
        anchors = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
        assert heading in anchors, f"{name}#{heading}"


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/architecture.md", "docs/adding-a-kind.md"])
def test_every_file_that_a_page_names_exists(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    named = re.findall(r"`((?:[a-z_]+/)+[a-z_]*(?:\.[a-z]+)?|(?:[a-z_]+/)*[a-z_]+\.py)`", text)
    roots = (ROOT, ROOT / "pdslack_cli")
    inside = {path.name for path in (ROOT / "pdslack_cli").rglob("*")}
    missing = [
        name
        for name in named
        if not any((root / name).exists() for root in roots) and name.rstrip("/") not in inside
    ]
    assert missing == []


def test_what_the_architecture_leads_to_is_in_the_file_that_it_names():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").partition("## Where is …")[2]
    rows = re.findall(r"^\| .* \| (.*) \|$", text.partition("\n## ")[0], re.MULTILINE)
    named = [found for row in rows for found in re.findall(r"((?:`\w+`(?: and )?)+) in `(\S+\.py)`", row)]
    assert len(named) > 5
    for names, path in named:
        source = (ROOT / "pdslack_cli" / path).read_text(encoding="utf-8")
        for name in re.findall(r"\w+(?=`)", names):
            assert re.search(rf"^(class |def )?{name}\b", source, re.MULTILINE), f"{path}: {name}"


def test_the_architecture_names_every_room_of_every_floor():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = {path.parent for path in (ROOT / "pdslack_cli").glob("*/*/*.py")}
    assert [f"{room.parent.name}/{room.name}" for room in sorted(rooms) if f"{room.name}/" not in text] == []


def test_the_reference_is_what_the_models_say():
    made = runpy.run_path(str(ROOT / "docs" / "make_reference.py"))["reference"]()
    shown = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    assert shown == made, "run `python docs/make_reference.py`"


@pytest.mark.slow
def test_the_picture_of_a_plan_is_what_the_command_prints():
    made = runpy.run_path(str(ROOT / "docs" / "make_plan_picture.py"))["picture"]()
    shown = (ROOT / "docs" / "plan.svg").read_text(encoding="utf-8")
    assert shown == made, "run `python docs/make_plan_picture.py`"


def test_the_walk_through_shows_what_the_files_have():
    """The page about adding a kind quotes code: whole lines, in the order of the file."""
    page = (ROOT / "docs" / "adding-a-kind.md").read_text(encoding="utf-8")
    quoted = re.findall(r"```python\n# (\S+\.py)\n(.*?)```", page, re.DOTALL)
    diffs = re.findall(r"```diff\n(.*?)```", page, re.DOTALL)
    for place, added in re.findall(
        r"^\+\+\+ b/(\S+)\n(.*?)(?=^---|\Z)", "".join(diffs), re.DOTALL | re.MULTILINE
    ):
        quoted += [(place, line.removeprefix("+") + "\n") for line in added.splitlines() if line[:1] == "+"]
    assert len(quoted) > 25
    changed = [
        (place, code) for place, code in quoted if code not in (ROOT / place).read_text(encoding="utf-8")
    ]
    assert changed == []


def test_the_page_beside_terraform_has_every_section_and_no_other_word():
    kinds = {kind.section: kind.spec.object_fields() for kind in [*MANAGED, People()]}
    page = (ROOT / "docs" / "terraform.md").read_text(encoding="utf-8")
    cells = [line.split("|")[2] for line in page.splitlines() if line.startswith("| `pagerduty_")]
    words = {word for cell in cells for word in re.findall(r"`([a-z_]+)`", cell)}
    assert words - kinds.keys() <= {field for fields in kinds.values() for field in fields}
    assert kinds.keys() <= set(re.findall(r"`([a-z_]+)`", page))
