"""Stack files as people write them: any indentation, style, order, and comments that say where they stand."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from hypothesis import strategies as st

# What a reader of YAML 1.1, of 1.2, or a careless printer could take for something else.
TRAPS = ["on", "yes", "0755", "17:00", "1e3", "1.10", "~", "null", "true", "2026-01-05", "0x1f", "1_000"]
SIGNS = [
    "#no comment",
    "a #b",
    "- a",
    "*x",
    "&x",
    "!x",
    "%d",
    "@x",
    "`x`",
    ">",
    "|",
    "=",
    "<<",
    "[a]",
    "a, b",
]
OTHERS = ["", "a b", "x: y", "it's", 'say "hi"', "é", "${v}", "{{a}}", "trailing ", "back\\slash", ".5", "+1"]
PLAIN = st.sampled_from([*TRAPS, "abc", "two words", "it's", "12"])
TEXTS = st.sampled_from([*TRAPS, *SIGNS, *OTHERS])
SECTIONS = {
    "services": [
        "name",
        "like",
        "description",
        "runbook",
        "escalation_policy",
        "urgency",
        "rules",
        "unknown",
    ],
    "channels": ["name", "topic", "purpose", "members", "exact", "bookmarks"],
    "teams": ["name", "description", "members"],
    "x-shared": ["a", "b"],
}
FORMS = ["scalar", "flow", "long flow", "list", "mappings", "block text", "quoted lines"]


@dataclass
class Drawn:
    """A text, and where each of its comments stands: ("beside" or "above", path of the entry)."""

    lines: list[str] = field(default_factory=list)
    comments: dict[str, tuple[str, tuple[str | int, ...]]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"

    def comment(self, place: str, path: tuple[str | int, ...]) -> str:
        text = f"# {len(self.comments)} {place} {'/'.join(map(str, path))}"
        self.comments[text] = (place, path)
        return text


@st.composite
def stacks(draw: st.DrawFn) -> Drawn:
    """A file with sections in any order, each with entries whose fields are in any order."""
    found = Drawn()
    step = draw(st.integers(1, 4))
    anchors: list[str] = []
    sections = draw(st.permutations(["owner", *SECTIONS]))
    for section in sections[: draw(st.integers(1, 5))]:
        _above(draw, found, (section,), "")
        if section == "owner":
            found.lines.append("owner: me" + _beside(draw, found, (section,)))
            continue
        found.lines.append(f"{section}:" + _beside(draw, found, (section,)))
        for key in draw(st.lists(st.sampled_from(["one", "two", "three"]), unique=True, min_size=1)):
            _entry(draw, found, (section, key), SECTIONS[section], step, anchors)
    return found


def _above(draw, found, path, indent) -> None:
    if draw(st.booleans()):
        found.lines += draw(st.sampled_from([[], [], [""], ["", "   "]]))
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        found.lines.append(f"{indent}{found.comment('above', path)}")


def _beside(draw, found, path) -> str:
    return draw(st.sampled_from([" ", "   "])) + found.comment("beside", path) if draw(st.booleans()) else ""


def _entry(draw, found, path, fields, step, anchors) -> None:
    indent = " " * step
    _above(draw, found, path, indent)
    anchor = f" &a{len(anchors)}" if draw(st.sampled_from([False, False, True])) else ""
    found.lines.append(f"{indent}{path[-1]}:{anchor}" + _beside(draw, found, path))
    if anchors and draw(st.booleans()):
        found.lines.append(f"{indent * 2}<<: *{draw(st.sampled_from(anchors))}")
    chosen = draw(st.permutations(fields))[: draw(st.integers(1, len(fields)))]
    for name in chosen:
        _field(draw, found, (*path, name), indent * 2, step)
    if anchor:
        anchors.append(anchor[2:])


def _field(draw, found, path, indent, step) -> None:
    _above(draw, found, path, indent)
    start, inner = f"{indent}{path[-1]}:", indent + " " * step
    form = draw(
        st.sampled_from(["scalar", "flow", "long flow", "list", "mappings", "block text", "quoted lines"])
    )
    if form == "scalar":
        found.lines.append(f"{start} {_scalar(draw)}" + _beside(draw, found, path))
    elif form == "flow":
        items = draw(st.lists(TEXTS, max_size=3))
        found.lines.append(f"{start} [{' ,'.join(map(json.dumps, items))}]" + _beside(draw, found, path))
    elif form == "long flow":
        pairs = [
            f'"k{number}": {json.dumps(text)}'
            for number, text in enumerate(draw(st.lists(TEXTS, max_size=30)))
        ]
        found.lines.append(f"{start} {{{', '.join(pairs)}}}" + _beside(draw, found, path))
    elif form == "list":
        found.lines.append(start + _beside(draw, found, path))
        inner = draw(st.sampled_from([inner, indent]))  # lists need no indentation of their own
        for number in range(draw(st.integers(1, 3))):
            if inner != indent:
                _above(draw, found, (*path, number), inner)
            found.lines.append(f"{inner}- {_scalar(draw)}" + _beside(draw, found, (*path, number)))
    elif form == "mappings":
        found.lines.append(start + _beside(draw, found, path))
        for number in range(draw(st.integers(1, 3))):
            _above(draw, found, (*path, number), inner)
            found.lines.append(f"{inner}- if: {_scalar(draw)}" + _beside(draw, found, (*path, number, "if")))
            _above(draw, found, (*path, number, "label"), inner + "  ")
            found.lines.append(
                f"{inner}  label: {_scalar(draw)}" + _beside(draw, found, (*path, number, "label"))
            )
    elif form == "block text":
        sign = draw(st.sampled_from(["|", ">", "|-", ">-", "|+", "|2", ">1"]))
        wide = indent + " " * int(sign[1:]) if sign[1:].isdigit() else inner
        found.lines.append(f"{start} {sign}" + _beside(draw, found, path))
        found.lines += [f"{wide}first # of the text", "", f"{wide}   deeper", f"{wide}last"]
        found.lines += draw(st.sampled_from([[], [""], ["", ""]]))
    else:
        found.lines.append(f'{start} "first')
        found.lines += ["", f'{inner}second \\" third"' + _beside(draw, found, path)]


def _scalar(draw: st.DrawFn) -> str:
    style = draw(st.sampled_from(["plain", "single", "double"]))
    if style == "plain":
        return draw(PLAIN)
    text = draw(TEXTS)
    return json.dumps(text, ensure_ascii=False) if style == "double" else "'" + text.replace("'", "''") + "'"
