"""A folder as people have it: what is read, what is passed over, what is told as lost."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from accounts import without_rights
from holdings_files import write_list, write_text
from servers import open_folder
from stockgroups.errors import UsageError
from stockgroups.jobs import folder as walking
from stockgroups.jobs.folder import IGNORE_FILE, Listing, find_files


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that any account may enter."""
    with open_folder() as folder:
        yield folder


def names(listing: Listing, folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in listing.files]


def test_files_of_all_kinds_of_names_are_found_in_order(tmp_path: Path) -> None:
    wanted = ["a b/IVV 1.csv", "a\nb.csv", "ärger/Ω.CSV", "z.xlsx", "🂡/🂡.json"]
    for name in [*wanted, ".hidden/x.csv", "a b/.x.csv", "~$z.xlsx"]:
        write_text(tmp_path / name, "")
    os.close(os.open(os.fsencode(tmp_path) + b"/\xff.csv", os.O_CREAT))
    write_text(tmp_path / "x.pdf", "")
    write_text(tmp_path / "none", "")
    listing = find_files(tmp_path)
    assert sorted(names(listing, tmp_path)) == sorted([*wanted, "\udcff.csv"])
    assert listing.files == sorted(listing.files)
    assert dict(listing.others) == {".pdf": 1, "without a suffix": 1}
    assert not listing.passed_over
    assert not listing.errors


@pytest.mark.parametrize("mode", [0o000, 0o444, 0o644, 0o600, 0o111, 0o311])
def test_a_sub_folder_that_cannot_be_entered_is_named_and_the_rest_is_found(
    place: Path, mode: int
) -> None:
    write_list(place / "shut" / "inner" / "SPY_2026-07-01.csv", {"AAPL": None})
    write_list(place / "IVV_2026-07-01.csv", {"AAPL": None})
    (place / "shut").chmod(mode)
    with without_rights():
        listing = find_files(place)
    assert names(listing, place) == ["IVV_2026-07-01.csv"]
    (error,) = listing.errors
    assert error.where == "shut"
    assert "cannot be entered: Permission denied" in str(error)
    # The remedy helps.
    (place / "shut").chmod(0o755)
    with without_rights():
        assert len(find_files(place).files) == 2
    (place / "shut").chmod(mode)
    write_text(place / IGNORE_FILE, "# not ours\nshut/\n")
    with without_rights():
        listing = find_files(place)
    assert (listing.errors, listing.ignored) == ([], 1)


@pytest.mark.parametrize("mode", [0o000, 0o444, 0o644, 0o311])
def test_a_folder_that_cannot_be_read_is_an_error(place: Path, mode: int) -> None:
    write_list(place / "files" / "IVV_2026-07-01.csv", {"AAPL": None})
    (place / "files").chmod(mode)
    with (
        without_rights(),
        pytest.raises(UsageError, match="Permission denied; let this user list and enter it"),
    ):
        find_files(place / "files")
    (place / "files").chmod(0o755)
    place.chmod(0o000)
    with (
        without_rights(),
        pytest.raises(UsageError, match="Permission denied; let this user list and enter it"),
    ):
        find_files(place / "files")
    place.chmod(0o755)


def test_links_are_followed_to_files_inside_the_folder_only(tmp_path: Path) -> None:
    folder, outside = tmp_path / "files", tmp_path / "outside"
    write_text(folder / "sub" / "IVV_1.csv", "x")
    write_text(outside / "SPY_1.csv", "x")
    (folder / "latest.csv").symlink_to("sub/IVV_1.csv")
    (folder / "chain.csv").symlink_to("latest.csv")
    (folder / "up").symlink_to("..", target_is_directory=True)
    (folder / "again").symlink_to("sub", target_is_directory=True)
    (folder / "sub" / "loop").symlink_to("../sub", target_is_directory=True)
    (folder / "out.csv").symlink_to("../outside/SPY_1.csv")
    (folder / "more").symlink_to(outside, target_is_directory=True)
    (folder / "gone.csv").symlink_to("nowhere.csv")
    (folder / "itself.csv").symlink_to("itself.csv")
    (folder / "zero.csv").symlink_to("/dev/zero")
    (folder / "zero").symlink_to("/dev/zero")
    listing = find_files(folder)
    assert names(listing, folder) == ["chain.csv", "latest.csv", "sub/IVV_1.csv"]
    assert [passed.name for passed in listing.passed_over] == ["again", "sub/loop", "zero"]
    lost = {error.where for error in listing.errors}
    assert lost == {"up", "out.csv", "more", "gone.csv", "itself.csv", "zero.csv"}
    # The folder itself may be a link.
    (tmp_path / "link").symlink_to(folder, target_is_directory=True)
    assert names(find_files(tmp_path / "link"), tmp_path / "link") == names(listing, folder)


def test_pipes_sockets_and_devices_are_never_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.json")
        listing = find_files(tmp_path)
    assert not listing.files
    assert [error.where for error in listing.errors] == ["pipe.csv", "socket.json"]
    assert [passed.name for passed in listing.passed_over] == ["pipe"]


def test_depth_and_number_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path
    for _ in range(60):
        deep /= "d"
    write_text(deep / "IVV_1.csv", "x")
    write_text(tmp_path / "SPY_1.csv", "x")
    listing = find_files(tmp_path)
    assert names(listing, tmp_path) == ["SPY_1.csv"]
    assert "more than 32 levels deep" in str(listing.errors[0])
    monkeypatch.setattr(walking, "MAX_ENTRIES", 9)
    with pytest.raises(UsageError, match="more than 9 files and folders"):
        find_files(tmp_path)


def test_five_thousand_files(tmp_path: Path) -> None:
    for number in range(5000):
        (tmp_path / f"{number}.csv").touch()
    assert len(find_files(tmp_path).files) == 5000


def test_patterns_leave_files_out(tmp_path: Path) -> None:
    for name in ("notes.txt", "old/IVV_1.csv", "old/x.txt", "SPY_1.csv", "sub/raw/SPY_0.csv"):
        write_text(tmp_path / name, "x")
    write_text(tmp_path / IGNORE_FILE, "*.txt\n\n# comment\n/old/\n")
    listing = find_files(tmp_path, ("raw",))
    assert names(listing, tmp_path) == ["SPY_1.csv"]
    assert listing.ignored == 3
    assert names(find_files(tmp_path), tmp_path) == ["SPY_1.csv", "sub/raw/SPY_0.csv"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe", "cannot be read"),
        (b"!keep.csv", "negates an earlier one"),
        (b"x" * 100_000, "more than"),
    ],
)
def test_a_list_of_patterns_that_cannot_be_used(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / IGNORE_FILE).write_bytes(content)
    with pytest.raises(UsageError, match=words):
        find_files(tmp_path)


def test_a_pipe_as_a_list_of_patterns_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / IGNORE_FILE)
    with pytest.raises(UsageError, match="cannot be read"):
        find_files(tmp_path)


@pytest.mark.parametrize("name", ["missing", "file", "file/inner"])
def test_what_is_no_folder(tmp_path: Path, name: str) -> None:
    write_text(tmp_path / "file", "x")
    with pytest.raises(UsageError, match=r"no such folder|not a folder"):
        find_files(tmp_path / name)
