"""`pdslack fmt`: rewrite files in canonical order and layout."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path
from typing import Annotated

import typer

from pdslack_cli.cli.errors import Failed, raise_if_any, reported_errors
from pdslack_cli.cli.options import Quiet
from pdslack_cli.config.layout.canonical import formatted
from pdslack_cli.config.layout.files import files_to_format
from pdslack_cli.config.sources.discover import decoded, read_text
from pdslack_cli.config.sources.files import STDIN, read_stdin, reported_writing, rewrite_file
from pdslack_cli.config.tokens import mask_tokens
from pdslack_cli.errors import PdslackError, Problem, ProblemsError
from pdslack_cli.render.output.streams import echo, write_raw

FilesToFormat = Annotated[
    list[Path] | None,
    typer.Argument(help="Files or folders of YAML; - is standard input.", show_default="this folder",
                   envvar="PDSLACK_FILES", allow_dash=True),
]  # fmt: skip
Check = Annotated[
    bool,
    typer.Option(
        "--check", help="Write nothing; exit with 1 if a file would change.", envvar="PDSLACK_CHECK"
    ),
]
Diff = Annotated[
    bool,
    typer.Option("--diff", help="The same as --check, and show what would change.", envvar="PDSLACK_DIFF"),
]


def fmt(files: FilesToFormat = None, check: Check = False, diff: Diff = False, quiet: Quiet = False) -> None:
    with reported_errors(quiet=quiet):
        problems: list[Problem] = []
        texts = {path: text for path, text in _texts(files, problems) if text is not None}
        results = dict(_formatted(texts, problems))
        changed = [path for path, result in results.items() if result != texts[path]]
        for path in changed:
            if diff:
                echo(_difference(path, texts[path], results[path]), nl=False)
            elif path == STDIN:
                continue
            elif check:
                echo(str(path))
            else:
                with reported_writing(path):
                    rewrite_file(path, results[path])
                echo(str(path))
        if STDIN in results and not (check or diff):
            write_raw(results[STDIN])
        if texts and not quiet and STDIN not in texts:
            echo(_summary(len(changed), len(results), written=not (check or diff)), err=True)
        raise_if_any(problems)
    if changed and (check or diff):
        raise Failed


def _texts(files: list[Path] | None, problems: list[Problem]) -> Iterator[tuple[Path, str | None]]:
    if files == [STDIN]:
        try:
            yield STDIN, decoded(STDIN, read_stdin(), problems)
        except OSError as error:
            raise PdslackError(f"cannot read {STDIN}: {error.strerror}") from None
        return
    for path in files_to_format(files or [], problems):
        yield path, read_text(path, problems)


def _formatted(texts: dict[Path, str], problems: list[Problem]) -> Iterator[tuple[Path, str]]:
    """Return the canonical text of each file that can be parsed."""
    for path, text in texts.items():
        try:
            yield path, formatted(str(path), text)
        except ProblemsError as error:
            problems += error.problems


def _difference(path: Path, before: str, after: str) -> str:
    lines = unified_diff(before.splitlines(), after.splitlines(), str(path), str(path), lineterm="")
    return mask_tokens("".join(f"{line}\n" for line in lines))


def _summary(changed: int, total: int, *, written: bool) -> str:
    done = "formatted" if written else "would be formatted"
    left = total - changed
    parts = [f"{_files(changed)} {done}"] if changed else []
    parts += [f"{_files(left)} already formatted"] if left or not changed else []
    return ", ".join(parts)


def _files(number: int) -> str:
    return f"{number} file" if number == 1 else f"{number} files"
