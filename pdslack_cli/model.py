"""The words that everyone shares: plain values that know nothing of files, networks or printing."""

from __future__ import annotations

from typing import Any, NamedTuple

Json = dict[str, Any]
