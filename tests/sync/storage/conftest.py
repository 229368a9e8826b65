"""Databases of their own, opened as often as a test likes."""

from __future__ import annotations

import pytest

from pdslack_cli.sync.storage.opening import open_database
from tests.sync.postgres import new_database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def opening(request, tmp_path):
    """Opens one database, and closes all that it opened in the end."""
    url = new_database(request.getfixturevalue("postgres")) if request.param == "postgresql" else ""
    found = []

    def opened():
        found.append(open_database(url, tmp_path / "claims.sqlite"))
        return found[-1]

    yield opened
    for database in found:
        database.close()
