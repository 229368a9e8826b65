"""The test cases of a stack: its `tests:`, and those of `*.test.yaml` beside its files."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from pdslack_cli.config.locations import Locations
from pdslack_cli.config.sources.source import read_sources
from pdslack_cli.config.validation_errors import problems_of
from pdslack_cli.errors import ConfigError, Location, Problem
from pdslack_cli.routing.testing.cases import Case

SUFFIXES = (".test.yaml", ".test.yml")


@dataclass(frozen=True)
class PlacedCase:
    """A test case, and where it is written."""

    case: Case
    location: Location


def read_cases(tests: Any, locations: Locations, problems: list[Problem]) -> tuple[PlacedCase, ...]:
    """The cases of one `tests:` list; what is wrong with them is added to `problems`."""
    if not isinstance(tests, list):
        problems.append(
            Problem("'tests' must be a list", locations.key(("tests",)), "write `- name: …` below it")
        )
        return ()
    found = []
    for index, data in enumerate(tests):
        path = ("tests", index)
        try:
            found.append(PlacedCase(Case.model_validate(data), locations.value(path)))
        except ValidationError as error:
            problems += problems_of(error, Case, data, path, locations)
    return tuple(found)


def load_cases_beside(files: Sequence[FilePath], environ: Mapping[str, str]) -> tuple[PlacedCase, ...]:
    """The cases of the test files of these files (default: the current folder); raises ConfigError.

    These are all in a folder; to a file belongs the one that has its name: `shop.test.yaml` to `shop.yaml`.
    """
    test_files = sorted({path for file in files or (FilePath(),) for path in _test_files(file)})
    if not test_files:
        return ()
    source = read_sources(test_files, environ)
    problems: list[Problem] = [
        Problem(
            f"{key!r} is not allowed in a test file",
            source.locations.key((key,)),
            "a test file may contain only `tests:` and `vars:`",
        )
        for key in source.data.keys() - {"tests", "vars"}
    ]
    cases = read_cases(source.data.get("tests", []), source.locations, problems)
    if problems:
        raise ConfigError(problems)
    return cases


def _test_files(file: FilePath) -> Iterable[FilePath]:
    folder, name = (file, "") if file.is_dir() else (file.parent, file.stem)
    pattern = "[!.]*" if file.is_dir() else glob.escape(name)
    return (path for suffix in SUFFIXES for path in folder.glob(pattern + suffix))
