from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from pdslack_cli.config.sources.source import StackSource, read_sources
from pdslack_cli.errors import ConfigError


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., StackSource]:
    """Write files into an empty working folder, then read the arguments (by default: the files written)."""
    monkeypatch.chdir(tmp_path)

    def read(
        files: Mapping[str, str], *arguments: str, environ: Mapping[str, str] | None = None
    ) -> StackSource:
        for name, text in files.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_text(text, encoding="utf-8", newline="")
        return read_sources([Path(name) for name in arguments or files], environ or {})

    return read


@pytest.fixture
def complaints(read: Callable[..., StackSource]) -> Callable[..., list[str]]:
    """Read as `read` does, and return what is wrong as `file:line:column: message (hint)`."""

    def complaints(
        files: Mapping[str, str], *arguments: str, environ: Mapping[str, str] | None = None
    ) -> list[str]:
        with pytest.raises(ConfigError) as raised:
            read(files, *arguments, environ=environ)
        return [str(problem) for problem in raised.value.problems]

    return complaints
