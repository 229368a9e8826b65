"""The probable owner of files that cannot be loaded as a stack."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from pdslack_cli.config.sources.discover import find_files, read_text
from pdslack_cli.config.stack import Header
from pdslack_cli.kinds.mark import OWNER_PATTERN

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_OWNER = re.compile(rf"^owner:\s*[\"']?({OWNER_PATTERN})\b", re.MULTILINE)


def likely_owner(arguments: Sequence[Path]) -> str:
    """Return the owner that the files seem to name, or "": problems of a broken stack have an owner too."""
    for file in find_files(arguments, []):
        found = _OWNER.search(read_text(file.path, []) or "")
        if found:
            return found[1]
    return ""


def likely_header(arguments: Sequence[Path]) -> Header:
    """Return the region and workspace that the files seem to name, for lookups while they are invalid."""
    found: dict[str, Any] = {}
    for file in find_files(arguments, []):
        with suppress(yaml.YAMLError, ValueError, RecursionError):
            data = yaml.load(read_text(file.path, []) or "", Loader=_LOADER)  # noqa: S506 - it is a safe one
            if isinstance(data, dict):
                found |= {key: data[key] for key in ("pagerduty", "slack") if key in data}
    try:
        return Header.model_validate({**found, "owner": "unknown"})
    except ValidationError:
        return Header(owner="unknown")
