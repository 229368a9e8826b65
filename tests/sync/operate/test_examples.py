"""Examples of deployments: commands are ours, probes exist, and there is time to stop."""

from __future__ import annotations

import configparser
import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest
import typer
import yaml

from pdslack_cli.cli.main import app
from pdslack_cli.sync.service import DRAIN_SECONDS

EXAMPLES = Path(__file__).parents[3] / "examples" / "serve"


def dockerfile() -> dict[str, str]:
    lines = (EXAMPLES / "Dockerfile").read_text().splitlines()
    return {name: rest for name, _, rest in (line.partition(" ") for line in lines) if name.isupper()}


def kubernetes() -> list[dict]:
    return list(yaml.safe_load_all((EXAMPLES / "kubernetes.yml").read_text()))


def unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, comment_prefixes=("#",))
    parser.optionxform = str
    parser.read(EXAMPLES / "pdslack.service")
    return parser


def container() -> dict:
    return kubernetes()[0]["spec"]["template"]["spec"]["containers"][0]


COMMANDS = {
    "Docker": lambda: json.loads(dockerfile()["ENTRYPOINT"]),
    "Kubernetes": lambda: [*json.loads(dockerfile()["ENTRYPOINT"]), *container()["args"]],
    "systemd": lambda: shlex.split(unit()["Service"]["ExecStart"]),
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_the_command_is_one_of_ours(command):
    program, name, *arguments = command()
    assert (Path(program).name, name) == ("pdslack", "serve")
    serve = typer.main.get_command(app).commands["serve"]
    given = serve.make_context("serve", arguments).params
    assert given["port"] == 8080


@pytest.mark.parametrize("command", [COMMANDS["Docker"], COMMANDS["Kubernetes"]])
def test_in_a_container_it_listens_to_others(command):
    serve = typer.main.get_command(app).commands["serve"]
    assert serve.make_context("serve", command()[2:]).params["host"] == "0.0.0.0"


def test_ports_probes_and_users_agree():
    deployment, service = kubernetes()
    pod = deployment["spec"]["template"]
    assert service["spec"]["selector"] == pod["metadata"]["labels"]
    assert deployment["spec"]["selector"]["matchLabels"] == pod["metadata"]["labels"]
    ports = {container()["ports"][0]["containerPort"], service["spec"]["ports"][0]["targetPort"]}
    probes = [container()[f"{name}Probe"]["httpGet"] for name in ("liveness", "readiness")]
    assert [probe["path"] for probe in probes] == ["/healthz", "/readyz"]
    assert ports | {probe["port"] for probe in probes} == {8080} == {int(dockerfile()["EXPOSE"])}
    assert re.search(r"http://127.0.0.1:8080/healthz", (EXAMPLES / "Dockerfile").read_text())
    user = container()["securityContext"]["runAsUser"]  # a name does not prove that it is not root
    assert f"--uid {user} {dockerfile()['USER']}" in (EXAMPLES / "Dockerfile").read_text()
    assert deployment["spec"]["replicas"] > 1
    assert "PDSLACK_DATABASE=postgresql://" in (EXAMPLES / "kubernetes.yml").read_text()


def test_no_secret_gets_into_the_image(tmp_path):
    """The steps of the Dockerfile that bring the stack, by the shell: what the image has then."""
    steps = [line.partition(" ") for line in (EXAMPLES / "Dockerfile").read_text().splitlines()]
    (copied, removed), (into_image,) = split_at_image([f"{name} {rest}" for name, _, rest in steps])
    assert (copied, into_image.split()[1]) == ("COPY . /stack", "--from=stack")
    folder = tmp_path / "stack"
    for name in ("pdslack.yaml", ".env", ".pdslack/secrets.json", ".git/config"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("secret")
    command = removed.removeprefix("RUN ").replace("/stack", str(folder))
    subprocess.run(command, shell=True, check=True)
    assert [str(path.relative_to(folder)) for path in sorted(folder.rglob("*"))] == [
        ".pdslack",
        "pdslack.yaml",
    ]


def split_at_image(steps: list[str]) -> tuple[list[str], list[str]]:
    """The steps about the stack: those before the image begins, and those in it."""
    image = max(number for number, step in enumerate(steps) if step.startswith("FROM"))
    about = [
        (number, step)
        for number, step in enumerate(steps)
        if "/stack" in step and step[:4] in ("COPY", "RUN ")
    ]
    return [step for number, step in about if number < image], [
        step for number, step in about if number > image
    ]


def test_it_has_the_time_to_finish():
    longest = 2 * DRAIN_SECONDS  # the web server and the workers, one after the other
    assert kubernetes()[0]["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] >= longest
    assert int(unit()["Service"]["TimeoutStopSec"]) >= longest


def test_systemd_may_write_where_it_writes():
    service = unit()["Service"]
    command = COMMANDS["systemd"]()
    assert (
        Path(command[command.index("--database") + 1]).parent == Path("/var/lib") / service["StateDirectory"]
    )
    assert service["ExecReload"].endswith("-HUP $MAINPID")
