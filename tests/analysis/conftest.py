"""The case study, for the tests of this folder."""

from __future__ import annotations

from tests.support.fintech import fintech, fintech_runner

__all__ = ["fintech", "fintech_runner"]
