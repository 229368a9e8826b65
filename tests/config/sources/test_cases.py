"""Which files of tests belong to which files."""

from __future__ import annotations

import pytest

from pdslack_cli.config.cases import load_cases_beside
from pdslack_cli.errors import ConfigError
from tests.support.factories import stack

STACK = stack(
    """
    owner: acme
    people: {maya: maya@acme.example}
    escalation_policies: {p: {levels: [{notify: [person/maya]}]}}
    services: {api: {escalation_policy: p}}
    """
)
CASE = "tests:\n- name: {}\n  send: {{to: service/api, event: {{}}}}\n"


@pytest.fixture
def folder(tmp_path):
    for name in ("pdslack.test.yaml", "shop.test.yml", "more.test.yaml", ".hidden.test.yaml"):
        (tmp_path / name).write_text(CASE.format(name))
    return tmp_path


@pytest.mark.parametrize(
    ("files", "names"),
    [
        pytest.param(["pdslack.yaml"], ["pdslack"], id="pdslack.yaml alone"),
        pytest.param(["shop.yaml"], ["shop"], id="another file"),
        pytest.param(["shop.yaml", "more.yaml"], ["more", "shop"], id="several files"),
        pytest.param(["."], ["more", "pdslack", "shop"], id="a folder"),
        pytest.param([".", "shop.yaml"], ["more", "pdslack", "shop"], id="each file once"),
        pytest.param(["none.yaml"], [], id="none"),
    ],
)
def test_tests_belong_to_the_files_beside_them(folder, files, names):
    cases = load_cases_beside([folder / file for file in files], {}, STACK)
    assert [each.case.name.partition(".")[0] for each in cases] == names


def test_without_arguments_they_are_those_of_the_working_directory(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert len(load_cases_beside([], {}, STACK)) == 3


def test_a_case_knows_its_place_and_the_variables(folder):
    (folder / "one.test.yaml").write_text(CASE.format("${env} case"))
    (case,) = load_cases_beside([folder / "one.yaml"], {"PDSLACK_VAR_env": "prod"}, STACK)
    assert (case.case.name, case.location.line, case.location.column) == ("prod case", 2, 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("tests: {}", "'tests' must be a list", id="no list"),
        pytest.param("services: {}", "'services' is not allowed in a test file", id="a section"),
        pytest.param("tests: [{name: x}]", "has no 'send'", id="nothing sent"),
        pytest.param(
            "tests: [{name: x, send: {to: service/apy, event: {}}}]",
            "unknown service 'apy'",
            id="an unknown name",
        ),
    ],
)
def test_a_mistake_is_a_problem(folder, text, message):
    (folder / "one.test.yaml").write_text(text)
    with pytest.raises(ConfigError, match=message):
        load_cases_beside([folder / "one.yaml"], {}, STACK)
