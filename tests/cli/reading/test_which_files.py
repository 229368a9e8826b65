"""Which files a command reads: the folder, or what was named."""

from __future__ import annotations

import json

import pytest

from pdslack_cli.config.sections import TOP_LEVEL_KEYS
from pdslack_cli.config.sources.foreign import COMPOSE_KEYS, SERVICE_KEYS
from pdslack_cli.kinds.pagerduty.service.service import Service

pytestmark = pytest.mark.slow_after(2)

HEAD = """\
owner: foot
slack: {workspace: T0SANDBOX}
people: {ada: ada@acme.example}
escalation_policies:
  ep: {levels: [{notify: [person/ada]}]}
services:
  a: {escalation_policy: ep}
"""
MORE = "services:\n  b: {escalation_policy: ep}\nchannels: {c: {}}\n"

# Files of other programs that people keep beside a stack.
FOREIGN = {
    "mkdocs.yml": "site_name: Docs\nnav: [{Home: index.md}]\n",
    "k8s.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Secret\n",
    "template.yaml": "AWSTemplateFormatVersion: 2010-09-09\nResources: {A: !Ref B, C: !Sub '${D}'}\n",
    "playbook.yml": "- hosts: all\n  tasks: []\n",
    "codecov.yml": "coverage: {status: {project: off}}\ncoverage: twice\n",
    "text.yaml": "only words\n",
    "anchors.yaml": "x-common: &common {a: 1}\n",
    "docker-compose.yml": (
        "version: '3'\nservices:\n  web: {image: nginx, ports: ['80:80'], depends_on: [db]}\n"
        "  db: {build: {context: .}, x-note: a}\nvolumes: {data: }\nx-common: &c {restart: always}\n"
    ),
    "compose.yaml": "name: shop\nservices:\n  web:\n    <<: &a {image: b}\n    ports: !reset []\n",
    "compose.override.yml": "services: {web: {environment: {A: b}}}\n",
    "serverless.yml": "service: shop\nprovider: {name: aws}\nfunctions: {}\n",
}


@pytest.fixture
def folder(cli):
    cli.write(HEAD)
    cli.write(MORE, "more.yaml")
    return cli


def planned(done) -> dict[str, list[str]]:
    return {each["address"]: each["change"]["actions"] for each in done.json["resource_changes"]}


@pytest.mark.slow
def test_the_folder_is_the_stack(folder):
    folder("apply", "--sandbox", "--yes", ".")
    assert folder("plan", "--sandbox").out.startswith("No changes.")
    assert folder("plan", "--sandbox", ".").out.startswith("No changes.")


@pytest.mark.slow
@pytest.mark.parametrize("format_", ["text", "json", "markdown", "github"])
def test_a_named_file_is_read_alone_and_deletes_name_what_was_not_read(folder, format_):
    folder("apply", "--sandbox", "--yes")
    folder.write("owner: another\nteams: {t: {}}\n", "another.yaml")  # the stack of somebody else
    for name, text in FOREIGN.items():
        folder.write(text, name)

    done = folder("plan", "--sandbox", "--format", format_, "pdslack.yaml")

    assert "not read, since it was not named: more.yaml;" in done.out
    if format_ == "json":
        assert planned(done) == {"service/b": ["delete"]}


@pytest.mark.slow
def test_a_named_file_says_nothing_where_nothing_goes(folder):
    folder("apply", "--sandbox", "--yes", "pdslack.yaml")
    assert "not read" not in folder("plan", "--sandbox", "pdslack.yaml").out


@pytest.mark.parametrize("name", FOREIGN)
def test_files_of_other_programs_are_skipped_and_debug_names_them(folder, name, caplog):
    folder.write(FOREIGN[name], name)
    folder.write("owner: x\n", ".hidden.yaml")
    folder.write("owner: x\n", "inside/pdslack.yaml")

    assert "owner 'foot'" in folder("validate").out
    folder("--debug", "validate")
    assert f"{name}: skipped" in caplog.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("services: {\n", "other.yaml:", id="no YAML"),
        pytest.param("{{- if .Values.a }}\nservices: {}\n{{- end }}\n", "other.yaml:", id="a template"),
        pytest.param("services: {}\nvolumes: {}\n", "unknown key 'volumes'", id="keys of both"),
        pytest.param("services: {a: {image: b, name: c}}\n", "unknown key 'image'", id="an entry of both"),
        pytest.param("services: {a: {image: b}, b: {}}\n", "unknown key 'image'", id="perhaps ours"),
        pytest.param("services: {a: {image: b}}\nteams: {}\n", "unknown key 'image'", id="a section of ours"),
        pytest.param("services: {a: {image: b}, c: {urgency: low}}\n", "unknown key 'image'", id="and ours"),
        pytest.param(
            "services: {a: {depends_on: [nginx]}}\n", "pdslack.yaml", id="only a key that both have"
        ),
        pytest.param("service: {}\n", "did you mean 'services'?", id="a misspelt section"),
        pytest.param("# all is commented out\n", "other.yaml:1:1: the file is empty", id="empty"),
    ],
)
def test_what_could_be_ours_is_never_dropped(folder, text, expected):
    folder.write(text, "other.yaml")
    assert expected in folder("validate", code=1).err


def test_pdslack_yaml_is_never_skipped(folder):
    folder.write("site_name: Docs\n")
    assert "pdslack.yaml:1:1: unknown key 'site_name'" in folder("validate", code=1).err


@pytest.mark.parametrize("name", ["k8s.yaml", "docker-compose.yml", "compose.yaml"])
def test_a_file_of_another_program_that_is_named_is_one_mistake(folder, name):
    folder.write(FOREIGN[name].partition("---")[0], name)
    told = folder("validate", name, code=1).err
    assert told.startswith(f"{name}:1:1: this is not a stack file: it")
    assert told.endswith("\n\n1 problem.\n")


def test_a_folder_of_other_programs_files_holds_no_stack(folder):
    for name, text in FOREIGN.items():
        folder.write(text, f"others/{name}")
    assert "there are no stack files in the folder 'others'" in folder("validate", "others", code=1).err


@pytest.mark.slow
def test_an_export_meets_the_sandbox_that_it_was_read_from(folder):
    folder("apply", "--sandbox", "--yes")
    folder("export", "--sandbox", "--owner", "foot", "--out", "live")
    assert folder("plan", "--sandbox", "live").out.startswith("No changes.")
    assert not (folder.folder / "live" / ".pdslack").exists()


@pytest.mark.slow
def test_saved_plan_of_a_folder_is_applied(folder):
    folder("plan", "--sandbox", "--out", "plan.json")
    folder("apply", "plan.json")
    assert json.loads((folder.folder / "plan.json").read_text())["saved_plan"]["request"]["files"] == []
    assert folder("plan", "--sandbox").out.startswith("No changes.")


def test_no_key_of_a_service_of_compose_is_one_of_ours():
    ours = {field.alias or name for name, field in Service.model_fields.items()}
    assert SERVICE_KEYS.isdisjoint(ours)
    assert {"services"} == TOP_LEVEL_KEYS & COMPOSE_KEYS


@pytest.mark.slow
def test_stack_files_in_folders_inside_are_named(folder):
    folder.write("channels: {d: {}}\n", "slack/d.yaml")
    folder.write("owner: other\nteams: {t: {}}\n", "other/pdslack.yaml")  # a stack of its own
    folder.write("teams: {t: {}}\n", "a/b/deeper.yaml")
    for name, text in {**FOREIGN, "broken.yaml": "services: {"}.items():
        folder.write(text, f"others/{name}")

    for words in (("validate",), ("plan", "--sandbox"), ("apply", "--sandbox", "--yes")):
        assert folder(*words).err.count("not read, since it is in a folder inside: slack/d.yaml\n") == 1
    assert "to read them as well, name the folders: . slack" in folder("validate").err
    for words in (("validate", ".", "slack"), ("validate", "pdslack.yaml"), ("validate", "-C", "other")):
        assert "not read" not in folder(*words).err


def test_a_folder_without_stack_files_names_those_inside_that_have_some(cli):
    cli.write(HEAD, "infra/pdslack.yaml")
    (cli.folder / "pdslack.yaml").unlink()
    assert "there are some in infra: run in that folder with -C infra" in cli("plan", code=1).err


@pytest.mark.parametrize("command", ["validate", "fmt", "plan"])
def test_a_folder_without_any_file_leads_to_init(cli, command):
    cli("list", "vendors", "--sandbox")  # which leaves its state here
    (cli.folder / "pdslack.yaml").unlink()
    told = cli(command, code=1).err
    assert told.startswith("there are no stack files in this folder\n  `pdslack init` writes a first one;")
