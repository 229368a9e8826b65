"""The shell offers the references of the files, at once or not at all."""

from __future__ import annotations

import pytest

from tests.cli.conftest import STACK

ALL = ["team/payments", "channel/incidents", "notification_rule/payments"]


def offered(cli, line: str) -> list[str]:
    """What bash offers for the last word of a line."""
    cli.patch.setenv("_PDSLACK_COMPLETE", "complete_bash")
    cli.patch.setenv("COMP_WORDS", line)
    cli.patch.setenv("COMP_CWORD", str(len(line.split(" ")) - 1))
    done = cli()
    assert done.err == ""
    return done.out.split()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("pdslack plan --only ", ALL, id="a flag"),
        pytest.param("pdslack plan --only chan", ["channel/incidents"], id="its beginning"),
        pytest.param("pdslack apply infra --only ", ["team/infra"], id="of the files on the line"),
        pytest.param("pdslack graph --only team/", ["team/payments"], id="another command's"),
        pytest.param("pdslack adopt team/", ["team/payments"], id="an argument"),
        pytest.param("pdslack adopt --file infra t", ["team/infra"], id="of the files that a flag names"),
        pytest.param("pdslack plan --only x", [], id="nothing begins so"),
    ],
)
def test_references_are_offered(cli, line, expected):
    cli.write("owner: infra\nteams: {infra: {}}\n", "infra/stack.yaml")

    assert offered(cli, line) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("teams: [", id="not YAML"),
        pytest.param("teams: 3", id="a section that is no mapping"),
        pytest.param(STACK.replace("Takes money", "${UNKNOWN}"), id="an unknown variable"),
    ],
)
def test_broken_files_offer_nothing_and_say_nothing(cli, text):
    cli.write(text)

    assert offered(cli, "pdslack plan --only ") == []


def test_without_a_file_nothing_is_offered(cli):
    (cli.folder / "pdslack.yaml").unlink()

    assert offered(cli, "pdslack plan --only ") == []
