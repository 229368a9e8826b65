"""The files that a new stack begins with."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Annotated, Any, Literal, get_type_hints

from pydantic import BaseModel, BeforeValidator, TypeAdapter, ValidationError

from pdslack_cli import __version__
from pdslack_cli.config.sources.files import read_bytes
from pdslack_cli.config.stack import OwnerName, WorkspaceId
from pdslack_cli.errors import PdslackError, Problem, ProblemsError
from pdslack_cli.kinds.fields.scalars import KEY_HINT, KEY_PATTERN, Email, Key, Pattern, problem
from pdslack_cli.kinds.slack.text import ChannelName

IGNORED = (".env", ".pdslack/")  # tokens, and what runs keep beside the stack

# What needs no quotes in YAML, whatever else it is.
_PLAIN = re.compile(r"(?!(?:true|false|null)$)[A-Za-z][\w.@+-]*(?: [\w.@+-]+)*", re.IGNORECASE)


_PIPELINES = {"github": ".github/workflows/pdslack.yml", "gitlab": ".gitlab-ci.yml"}


def _addresses(text: str) -> dict[str, str]:
    """`maya=maya@acme.example, tom=tom@acme.example` as a mapping."""
    pairs = [part.strip().partition("=") for part in text.split(",")]
    if not all(equals for _, equals, _ in pairs):
        raise problem(f"expected NAME=EMAIL, got {text!r}", "write it like maya=maya@acme.example")
    return {key.strip(): email.strip() for key, _, email in pairs}


class Answers(BaseModel):
    """What a starter has to know."""

    owner: OwnerName
    region: Literal["us", "eu"]
    workspace: WorkspaceId
    service: Key
    channel: Annotated[ChannelName, Pattern(KEY_PATTERN, "a key", KEY_HINT)]
    person: Annotated[dict[Key, Email], BeforeValidator(_addresses)]  # in the order in which they are called
    ci: Literal["github", "gitlab", "none"]


def read_answer(name: str, text: str) -> Any:
    """One answer as `Answers` holds it; raises ProblemsError."""
    form = TypeAdapter(get_type_hints(Answers, include_extras=True)[name])
    try:
        return form.validate_python(text)
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        said = detail.get("ctx", {})
        message = said.get("message") or f"must be one of {said['expected']}, got {text!r}"
        raise ProblemsError([Problem(message, hint=said.get("hint", ""))]) from None


def starter_files(folder: Path, answers: Answers) -> dict[Path, str]:
    """The files of a new stack in `folder`, and what they hold."""
    found = {folder / "pdslack.yaml": _stack(answers), folder / ".env.example": _template("env.example")}
    if answers.ci in _PIPELINES:
        root = _repository(folder)
        inside = folder.resolve().relative_to(root.resolve())
        found[root / _PIPELINES[answers.ci]] = _pipeline(answers.ci, inside)
    return found


def in_the_way(paths: Mapping[Path, str]) -> list[Problem]:
    """A problem for each of these files that is there already."""
    hint = "`--force` overwrites it"
    return [Problem(f"{path} already exists", hint=hint) for path in paths if path.exists()]


def ignore_files(folder: Path) -> dict[Path, str]:
    """The `.gitignore` of `folder` with what must not be committed; nothing where it says so already."""
    path = folder / ".gitignore"
    try:
        text = read_bytes(path).decode() if path.exists() else ""
    except (OSError, UnicodeDecodeError):
        raise PdslackError(f"{path} cannot be read") from None
    missing = [line for line in IGNORED if line not in text.splitlines()]
    if not missing:
        return {}
    return {path: "\n".join([*text.splitlines(), *missing, ""])}


def _repository(folder: Path) -> Path:
    """The root of the repository that `folder` is in; where it is in none, the folder itself."""
    here = folder.resolve()
    root = next((parent for parent in (here, *here.parents) if (parent / ".git").exists()), here)
    return Path(os.path.relpath(root))


def _template(name: str) -> str:
    return files(__package__).joinpath("templates", name).read_text(encoding="utf-8")


def _pipeline(ci: str, folder: Path) -> str:
    # A pipeline's own variables begin with a $ as well, and stay.
    return Template(_template(f"{ci}.yml")).safe_substitute(
        version=__version__,
        folder=_yaml(folder.as_posix()),
        enter=_yaml(f"cd {shlex.quote(folder.as_posix())}"),
        plan=_yaml((folder / "plan.json").as_posix()),
    )


def _stack(answers: Answers) -> str:
    people = list(answers.person)
    return Template(_template("pdslack.yaml")).substitute(
        owner=_yaml(answers.owner),
        region=answers.region,
        workspace=_yaml(answers.workspace),
        people="\n".join(f"  {_yaml(key)}: {_yaml(email)}" for key, email in answers.person.items()),
        policy=_yaml(f"{answers.owner} on-call"),
        orchestration=_yaml(f"{answers.owner} events"),
        levels="\n".join(
            f"      - {{notify: [person/{key}], escalate_after: {15 if key == people[0] else 30}m}}"
            for key in people
        ),
        service=_yaml(answers.service),
        service_text=answers.service,
        channel=_yaml(answers.channel),
        members=", ".join(map(_yaml, people)),
    )


def _yaml(text: str) -> str:
    """Text as YAML holds it, in quotes where it could be taken for something else."""
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)
