"""The files of a new stack."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Annotated, Any, Literal, get_args, get_type_hints

from pydantic import BaseModel, BeforeValidator, TypeAdapter, ValidationError

from pdslack_cli import __version__
from pdslack_cli.config.schema import json_schema
from pdslack_cli.config.sources.files import read_bytes
from pdslack_cli.config.stack import OwnerName
from pdslack_cli.errors import PdslackError, Problem, ProblemsError
from pdslack_cli.kinds.fields.scalars import KEY_HINT, KEY_PATTERN, Email, Key, Pattern, problem
from pdslack_cli.kinds.slack.channel_spec import WorkspaceId
from pdslack_cli.kinds.slack.text import ChannelName
from pdslack_cli.suggest import one_of

SCHEMA = "pdslack.schema.json"  # beside the stack, for editors
RELEASE = f"https://github.com/pdslack/pdslack/archive/refs/tags/v{__version__}.tar.gz"
IGNORED = (".env", ".pdslack/")  # tokens, and what runs keep beside the stack

# What needs no quotes in YAML, whatever else it is.
_PLAIN = re.compile(r"(?!(?:true|false|null)$)[A-Za-z][\w.@+-]*(?: [\w.@+-]+)*", re.IGNORECASE)


_PIPELINES = {"github": ".github/workflows/pdslack.yml", "gitlab": ".gitlab-ci.yml"}


def _addresses(text: str) -> dict[str, str]:
    """Parse `maya=maya@acme.example, tom=tom@acme.example` to a mapping."""
    pairs = [part.strip().partition("=") for part in text.split(",")]
    if not all(equals for _, equals, _ in pairs):
        raise problem(f"expected NAME=EMAIL, got {text!r}", "write it like maya=maya@acme.example")
    return {key.strip(): email.strip() for key, _, email in pairs}


class Answers(BaseModel):
    """The parameters of a starter."""

    owner: OwnerName
    region: Literal["us", "eu"]
    workspace: WorkspaceId
    service: Key
    channel: Annotated[ChannelName, Pattern(KEY_PATTERN, "key", rule=KEY_HINT)]
    person: Annotated[dict[Key, Email], BeforeValidator(_addresses)]  # in the order in which they are called
    ci: Literal["github", "gitlab", "none"]


def read_answer(name: str, text: str) -> Any:
    """Parse one answer to the type of its field in `Answers`; raises ProblemsError."""
    wanted = get_type_hints(Answers, include_extras=True)[name]
    try:
        return TypeAdapter(wanted).validate_python(text)
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        context = detail.get("ctx", {})
        message, hint = context.get("message", ""), context.get("hint", "")
        if detail["type"] == "literal_error":
            message, hint = one_of(get_args(wanted), text)
        raise ProblemsError([Problem(message, hint=hint)]) from None


def starter_files(folder: Path, answers: Answers) -> dict[Path, str]:
    """Return the files of a new stack in `folder`, with their contents."""
    found = {
        folder / "pdslack.yaml": _stack(answers),
        folder / SCHEMA: json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n",
        folder / ".env.example": _template("env.example"),
    }
    if answers.ci in _PIPELINES:
        root = _repository(folder)
        inside = folder.resolve().relative_to(root.resolve())
        found[root / _PIPELINES[answers.ci]] = _pipeline(answers.ci, inside)
    return found


def in_the_way(paths: Mapping[Path, str]) -> list[Problem]:
    """Return a problem for each file that exists with other contents."""
    hint = "`--force` overwrites it"
    return [Problem(f"{path} already exists", hint=hint) for path in differing(paths)]


def differing(paths: Mapping[Path, str]) -> list[Path]:
    """Return the files that exist with other contents."""
    return [path for path, text in paths.items() if path.exists() and not _holds(path, text)]


def _holds(path: Path, text: str) -> bool:
    try:
        return read_bytes(path) == text.encode()
    except OSError:
        return False


def ignore_files(folder: Path) -> dict[Path, str]:
    """Return the `.gitignore` of `folder` with the files not to commit; nothing if it has them already."""
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
    """Return the root of the repository that `folder` is in; without one, the folder itself."""
    here = folder.resolve()
    root = next((parent for parent in (here, *here.parents) if (parent / ".git").exists()), here)
    return Path(os.path.relpath(root))


def _template(name: str) -> str:
    return files(__package__).joinpath("templates", name).read_text(encoding="utf-8")


def _pipeline(ci: str, folder: Path) -> str:
    # A pipeline's own variables begin with a $ as well, and stay.
    source = installed_from()
    return Template(_template(f"{ci}.yml")).safe_substitute(
        package=_yaml(source or RELEASE),
        action=_yaml(_action(source or RELEASE)),
        folder=_yaml(folder.as_posix()),
        enter=_yaml(f"cd {shlex.quote(folder.as_posix())}"),
        plan=_yaml((folder / "plan.json").as_posix()),
    )


def installed_from(package: str = "pdslack-cli") -> str | None:
    """Return what pip installs to get this version elsewhere; None for a local folder (PEP 610)."""
    try:
        recorded = distribution(package).read_text("direct_url.json")
    except PackageNotFoundError:
        return None
    if recorded is None:
        return f"{package}=={__version__}"
    origin = json.loads(recorded)
    url = str(origin["url"])
    if vcs := origin.get("vcs_info"):
        return f"{vcs['vcs']}+{url}@{vcs['commit_id']}"
    return url if url.startswith("https://") else None


def _action(package: str) -> str:
    """Return the GitHub Action in the repository that the package comes from: ours, or a fork."""
    fork = re.fullmatch(r"git\+https://github\.com/([^/]+/[^/]+?)(?:\.git)?@([0-9a-f]+)", package)
    return f"{fork[1]}@{fork[2]}" if fork else f"pdslack/pdslack@v{__version__}"


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
        first=_yaml(people[0]),
    )


def _yaml(text: str) -> str:
    """Format a text as a YAML scalar, quoted if necessary."""
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)
