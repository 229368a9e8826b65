"""The files that a command reads, and the checks of them that need no call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from pdslack_cli.analysis.lints import lint_stack
from pdslack_cli.config.cases import load_cases_beside
from pdslack_cli.config.cures.descriptions import shown
from pdslack_cli.config.load import load, load_partly
from pdslack_cli.config.sources.beside import unread_inside
from pdslack_cli.config.sources.environment import read_environment
from pdslack_cli.config.sources.files import STATE_FOLDER
from pdslack_cli.config.sources.source import each_once
from pdslack_cli.config.stack import Stack
from pdslack_cli.errors import ConfigError, PdslackError, Problem, ProblemsError, Severity
from pdslack_cli.kinds import KIND_NAMED
from pdslack_cli.model import Ref
from pdslack_cli.render.output.console import stderr
from pdslack_cli.render.problems import print_problems
from pdslack_cli.suggest import nearest, suggest


def stack_folder(files: Sequence[Path] | None) -> Path:
    """The folder of the stack, where the run keeps its own files (`.pdslack/`)."""
    first = (files or [Path()])[0]
    return without_links(first if first.is_dir() else first.parent)


def without_links(folder: Path) -> Path:
    """Return the folder; raises PdslackError where `.pdslack` or what is in it is a link, or cannot be read.

    A checkout may hold one that leads elsewhere: what a run writes would go to any file of the machine.
    """
    state = folder / STATE_FOLDER
    try:
        paths = (state, *(state.iterdir() if state.is_dir() else ()))
        links = [path for path in paths if path.is_symlink()]
    except OSError as failure:
        error = PdslackError(f"cannot read the folder {state}: {failure.strerror}")
        error.hint = "let the user that runs pdslack read and write it, or remove it"
        raise error from None
    if links:
        error = PdslackError(f"{links[0]} is a link, and pdslack keeps its own files beside the stack only")
        error.hint = "remove the link; PDSLACK_SECRET_FILE and PDSLACK_DATABASE name other places"
        raise error
    return folder


def load_stack(files: Sequence[Path] | None) -> tuple[Stack, Mapping[str, str]]:
    environ = current_environment()
    return load(files or [], environ), environ


def check_files(files: Sequence[Path] | None) -> tuple[Stack, Sequence[Problem]]:
    """Return the stack and its lint warnings; raises ConfigError with all problems.

    If some entries are invalid, the lints of the others are reported as well.
    """
    environ = current_environment()
    loaded = load_partly(files or [], environ)
    wrong = {problem.location for problem in loaded.problems} - {None}
    lints = [lint for lint in lint_stack(loaded.stack) if lint.location not in wrong]
    found = [*loaded.problems, *lints, *unread_inside(files or [])]
    try:
        load_cases_beside(files or [], environ, loaded.stack)
    except ConfigError as error:
        found += error.problems
    found = each_once(found)
    if any(problem.severity is Severity.ERROR for problem in found):
        raise ConfigError(found)
    return loaded.stack, found


def parse_refs(
    stack: Stack, texts: Sequence[str] | None, more: Sequence[Ref] = (), nowhere: str = "the stack has no"
) -> list[Ref]:
    """Parse the refs or patterns of `--only`; raises ProblemsError for those that match nothing.

    `more` can be named beside the entries, and patterns match it; they match no entry that is only looked up.
    """
    refs: list[Ref] = []
    problems = []
    known = {str(ref): ref for ref in (*stack.wanted, *stack.extended, *more)}
    named = {str(ref): ref for ref in stack.entries} | known
    for text in texts or ():
        found = [named[text]] if text in named else []  # a name in the account may look like a pattern
        matched = found or [ref for name, ref in known.items() if fnmatchcase(name, text)]
        if not matched:
            missing = Problem(f"{nowhere} {shown(text)}", hint=suggest(text, known))
            problems.append(unknown_kind(text) or missing)
        refs += matched
    if problems:
        raise ProblemsError(problems)
    return list(dict.fromkeys(refs))


def unknown_kind(text: str) -> Problem | None:
    """Return the problem of a text of `--only` that begins with no kind, and with no pattern of one."""
    kind, slash, key = text.partition("/")
    if (slash and kind in KIND_NAMED) or any(sign in kind for sign in "*?["):
        return None
    near = nearest(kind, KIND_NAMED)
    hint = "write KIND/KEY, e.g. service/payments-api"
    if near:
        hint = f"did you mean '{near}/{key or '*'}'?"
    return Problem(f"{shown(text)} is not a reference", hint=hint)


def current_environment() -> Mapping[str, str]:
    """Return the environment with `.env` under it; unused settings of `.env` are reported on stderr."""
    notices: list[Problem] = []
    environ = read_environment(Path.cwd(), notices)
    if notices:
        print_problems(notices, stderr())
    return environ
