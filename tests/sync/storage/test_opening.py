"""A database is a regular file, or a new one: whatever else a path names is refused, without waiting."""

from __future__ import annotations

import os

import pytest

from pdslack_cli.errors import PdslackError
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
