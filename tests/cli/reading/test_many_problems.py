"""Thousands of problems are told in a page, and in time that grows with the file."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Cli

MANY = 2000  # in a line of 40 KB; for each of them to read that line takes long


@pytest.fixture
def wrong(cli: Cli) -> Cli:
    entries = ", ".join(f"t{number}: {{nome: x}}" for number in range(MANY))
    cli.write(f"owner: acme\nteams: {{{entries}}}\n")
    return cli


@pytest.mark.slow
def test_people_get_the_first_hundred_and_a_count(wrong):
    err = wrong("validate", code=1).err
    assert err.count("unknown key 'nome'") == 100
    assert err.rstrip().endswith(f"{MANY} problems, of which 100 are shown.")


@pytest.mark.slow
def test_programs_get_all_of_them(wrong):
    found = wrong("validate", "--format", "json", code=1).json
    assert (found["error_count"], len(found["diagnostics"])) == (MANY, MANY)


@pytest.mark.slow
def test_a_comment_has_room_for_a_count(wrong):
    out = wrong("validate", "--format", "markdown", code=1).out
    assert f"And {MANY - 100} further problems." in out
    assert len(out) < 65_536


def test_a_table_of_commas_is_a_mistake_like_any_other(cli):
    cli.write('owner: acme\neach: [{rows: a.csv, as: app, teams: {"${app.name}": {}}}]\n')
    (cli.folder / "a.csv").write_text("name" + "," * 8000 + "\nx\n", encoding="utf-8")
    assert cli("validate", code=1).err.rstrip().endswith("problems, of which 100 are shown.")
