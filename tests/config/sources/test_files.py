"""Only regular files are read, and no endless ones: nothing is waited for, and nothing is taken for data."""

from __future__ import annotations

import os
import resource
import socket
from pathlib import Path

import pytest

from pdslack_cli.config.sources import files
from pdslack_cli.config.sources.files import (
    append_text,
    open_regular,
    read_bytes,
    read_lines,
    refuse_irregular,
    rewrite_file,
    write_file,
    write_private,
)
from pdslack_cli.errors import PdslackError

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="files of these types need POSIX")


def fifo(folder: Path) -> Path:
    os.mkfifo(folder / "file")
    return folder / "file"


def unix_socket(folder: Path) -> Path:
    path = folder / "file"
    with socket.socket(socket.AF_UNIX) as server:
        os.chdir(folder)  # a socket's path must be short
        server.bind("file")
    return path


def device(folder: Path) -> Path:
    (folder / "file").symlink_to("/dev/zero")
    return folder / "file"


def folder_instead(folder: Path) -> Path:
    (folder / "file").mkdir()
    return folder / "file"


def environment_of_the_process(folder: Path) -> Path:
    (folder / "file").symlink_to("/proc/self/environ")
    return folder / "file"


def too_large(folder: Path) -> Path:
    with (folder / "file").open("wb") as file:
        file.truncate(files.MAX_BYTES + 1)
    return folder / "file"


IRREGULAR = {
    fifo: "it is a FIFO",
    unix_socket: "it is a socket",
    device: "it is a device",
    folder_instead: "it is a directory",
}
REFUSED = {
    **IRREGULAR,
    environment_of_the_process: "a virtual file of the system",
    too_large: "larger than 10 MB",
}


@pytest.fixture(autouse=True)
def _same_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("make", REFUSED, ids=lambda make: make.__name__)
def test_what_is_no_regular_file_is_not_read(make, tmp_path):
    with pytest.raises(OSError, match=r".*") as refused:
        read_bytes(make(tmp_path))
    assert REFUSED[make] in str(refused.value.strerror)


def test_a_file_of_the_system_that_has_nothing_yet_is_not_waited_for(tmp_path, monkeypatch):
    """Such as /proc/kmsg, of which a read that may not wait returns nothing, not even an empty text."""
    source, sink = os.pipe()
    os.set_blocking(source, False)
    monkeypatch.setattr(files, "open_regular", lambda path: os.fdopen(source, "rb"))
    with pytest.raises(OSError, match=r".*") as refused:
        read_bytes(tmp_path / "file")
    assert "a virtual file of the system" in str(refused.value.strerror)
    os.close(sink)


@pytest.mark.parametrize("make", IRREGULAR, ids=lambda make: make.__name__)
@pytest.mark.parametrize(
    "use",
    [
        open_regular,
        refuse_irregular,
        lambda path: list(read_lines(path)),
        lambda path: append_text(path, "x"),
    ],
)
def test_what_is_no_regular_file_is_not_opened(make, use, tmp_path):
    with pytest.raises(OSError, match=r".*") as refused:
        use(make(tmp_path))
    assert IRREGULAR[make] in str(refused.value.strerror)


def test_largest_file_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MAX_BYTES", 3)
    (tmp_path / "file").write_bytes(b"abc")
    assert read_bytes(tmp_path / "file") == b"abc"
    (tmp_path / "file").write_bytes(b"abcd")
    with pytest.raises(OSError, match="larger"):
        read_bytes(tmp_path / "file")


def test_only_a_line_may_not_be_endless(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MAX_BYTES", 3)
    (tmp_path / "file").write_bytes(b"ab\nab\nab\n")
    assert list(read_lines(tmp_path / "file")) == [b"ab\n"] * 3
    (tmp_path / "file").write_bytes(b"ab\nabcd\n")
    with pytest.raises(OSError, match="a line is larger"):
        list(read_lines(tmp_path / "file"))


def test_name_that_no_file_system_takes_is_refused():
    with pytest.raises(OSError, match="null"):
        read_bytes(Path("a\0b"))


def test_line_after_one_that_was_cut_short_is_a_line_of_its_own(tmp_path):
    path = tmp_path / "log"
    for text in ("first\n", "sec", "third\n"):
        append_text(path, text)
    assert path.read_text() == "first\nsec\nthird\n"


@pytest.fixture
def _full_disk():
    """No file can grow beyond 1000 bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("_full_disk")
@pytest.mark.parametrize("old", ["old", None])
@pytest.mark.parametrize("write", [write_private, rewrite_file, write_file])
def test_full_disk_leaves_the_old_file_or_none(write, old, tmp_path):
    path = tmp_path / "file"
    if old:
        path.write_text(old)
    with pytest.raises((OSError, PdslackError)):
        write(path, "x" * 2000)
    assert {each.name: each.read_text() for each in tmp_path.iterdir()} == ({"file": old} if old else {})


def test_written_file_keeps_its_mode_and_its_link(tmp_path):
    path, link = tmp_path / "file", tmp_path / "link"
    link.symlink_to(path)
    write_file(link, "first")
    usual = os.umask(0)
    os.umask(usual)
    assert path.stat().st_mode & 0o777 == 0o666 & ~usual
    path.chmod(0o640)
    write_file(link, "second")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("second", 0o640)
    assert link.is_symlink()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
@pytest.mark.parametrize("write", [rewrite_file, write_file])
def test_a_file_that_may_not_be_written_is_not_replaced(tmp_path, write):
    path = tmp_path / "kept"
    path.write_text("old")
    path.chmod(0o444)
    with pytest.raises((OSError, PdslackError)):
        write(path, "new")
    assert path.read_text() == "old"
