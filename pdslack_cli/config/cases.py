"""Load the test cases of a stack: its `tests:`, and those of `*.test.yaml` files in its folders."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from pdslack_cli.config.checks.cases import unknown_in_cases
from pdslack_cli.config.locations import Locations
from pdslack_cli.config.sources.discover import TEST_SUFFIXES
from pdslack_cli.config.sources.source import read_sources_partly
from pdslack_cli.config.stack import PlacedCase, Stack
from pdslack_cli.config.validation_errors import problems_of
from pdslack_cli.errors import ConfigError, Problem
from pdslack_cli.kinds.fields.references import KnownRefs
from pdslack_cli.suggest import suggest

_ALLOWED = ("tests", "vars")


def read_cases(
    tests: Any, locations: Locations, problems: list[Problem], known: KnownRefs
) -> tuple[PlacedCase, ...]:
    """Parse the cases of one `tests:` list; errors are added to `problems`."""
    if not isinstance(tests, list):
        problems.append(
            Problem("'tests' must be a list", locations.value(("tests",)), "write `- name: …` below it")
        )
        return ()
    if not tests:
        return ()
    from pdslack_cli.routing.testing.cases import Case  # late: most stacks have no tests

    found = []
    for index, data in enumerate(tests):
        path = ("tests", index)
        try:
            found.append(PlacedCase(Case.model_validate(data, context=known), locations.value(path)))
        except ValidationError as error:
            problems += problems_of(error, Case, data, path, locations, known=known)
    return tuple(found)


def load_cases_beside(
    files: Sequence[FilePath], environ: Mapping[str, str], stack: Stack
) -> tuple[PlacedCase, ...]:
    """Load the cases of `stack` from the test files beside its files (default: the current folder).

    For a folder these are all its test files, for a file the one with its name: `shop.test.yaml` for
    `shop.yaml`. Raises ConfigError with all problems.
    """
    test_files = sorted({path for file in files or (FilePath(),) for path in _test_files(file)})
    if not test_files:
        return ()
    source = read_sources_partly(test_files, environ)
    problems: list[Problem] = [*source.problems]
    problems += [
        Problem(
            f"{key!r} is not allowed in a test file",
            source.locations.key((key,)),
            suggest(key, _ALLOWED) or "a test file may contain only `tests:` and `vars:`",
        )
        for key in source.data.keys() - {*_ALLOWED}
    ]
    tests = source.data.get("tests", [])
    if tests is None and source.problems:
        tests = []  # what is not valid YAML was cut out
    cases = read_cases(tests, source.locations, problems, stack.known)
    problems += unknown_in_cases(tests, stack, source.locations)
    if problems:
        raise ConfigError(problems)
    return cases


def _test_files(file: FilePath) -> Iterable[FilePath]:
    folder, name = (file, "") if file.is_dir() else (file.parent, file.stem)
    pattern = "[!.]*" if file.is_dir() else glob.escape(name)
    return (path for suffix in TEST_SUFFIXES for path in folder.glob(pattern + suffix))
