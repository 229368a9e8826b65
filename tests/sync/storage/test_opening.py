"""A database is a regular file, a new one, or PostgreSQL: all else is refused, without waiting."""

from __future__ import annotations

import os
import re

import pytest

from pdslack_cli.errors import PdslackError
from pdslack_cli.masking import mask_secrets
from pdslack_cli.sync.storage.opening import open_database

GARBAGE = b"garbage\n" * 1000


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="files of these types need POSIX")
@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize("what", ["FIFO", "device", "directory", "garbage", "a name with NUL\0"])
def test_path_of_something_else_is_refused(tmp_path, what, beside):
    path = tmp_path / "service.sqlite"
    if what == "FIFO":
        os.mkfifo(path)
    elif what == "device":
        path.symlink_to("/dev/zero")  # to SQLite it is an empty file that keeps nothing
    elif what == "directory":
        path.mkdir()
    elif what == "garbage":
        path.write_bytes(GARBAGE)
    else:
        path = tmp_path / what

    with pytest.raises(PdslackError, match=r"there is no database|cannot open the database"):
        open_database(str(path), path, beside=beside)


@pytest.mark.parametrize(
    ("url", "refusal"),
    [
        ("mysql://pdslack:hush-hush@127.0.0.1:9/db", "expected an SQLite file or postgresql://…, got a URL"),
        ("https://pdslack:hush-hush@127.0.0.1/db", "expected an SQLite file or postgresql://…, got a URL"),
        ("postgresql+psycopg://pdslack:hush-hush@127.0.0.1:9/db", "cannot open the database PostgreSQL"),
        ("PostgreSQL://pdslack:hush-hush@127.0.0.1:9/db", "cannot open the database PostgreSQL"),
        ("postgres://127.0.0.1:9/db?user=pdslack&password=hush-hush", "cannot open the database PostgreSQL"),
        ("postgresql://pdslack:hush-hush@127.0.0.1:port/db", "expected postgresql://USER:PASSWORD@HOST"),
        ("postgresql://pdslack:hush-hush@[::1/db", "expected postgresql://USER:PASSWORD@HOST"),
        ("postgresql://pdslack:x@hush-hush@127.0.0.1:9/db", "with %40 for each @ in the password"),
    ],
)
@pytest.mark.parametrize("beside", [False, True])
def test_url_of_whatever_database_shows_no_password_and_is_no_file(
    tmp_path, monkeypatch, url, refusal, beside
):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(PdslackError, match=re.escape(refusal)) as refused:
        open_database(url, tmp_path / "service.sqlite", beside=beside)

    assert "hush-hush" not in mask_secrets(f"{refused.value} {refused.value.hint}")
    assert list(tmp_path.iterdir()) == []
