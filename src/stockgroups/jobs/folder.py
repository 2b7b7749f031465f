"""List the files of a folder: the files to read, the skipped ones, and the unreadable ones."""

from __future__ import annotations

import os
import stat
from collections import Counter
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from stockgroups.errors import SourceError, StockgroupsError, UsageError
from stockgroups.json_values import Fields
from stockgroups.readers.containers.files import LONGEST_FILE_NAME, read_file
from stockgroups.readers.values.texts import escape_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

SUFFIXES = frozenset(
    {".csv", ".htm", ".html", ".json", ".tsv", ".txt", ".xls", ".xlsm", ".xlsx", ".xml"}
)
IGNORE_FILE = ".stockgroupsignore"
MAX_IGNORE_BYTES = 64 << 10
MAX_DEPTH = 32
MAX_ENTRIES = 100_000
"""Files and folders that one walk looks at. A folder with more is the wrong one, such as `/`."""


@dataclass(frozen=True, slots=True)
class PassedOver(Fields):
    """A file that is not read: its name in the folder, and the reason in words."""

    KEYS = "file=name reason"

    name: str
    reason: str


@dataclass(slots=True)
class Listing:
    """The content of a folder.

    Attributes:
        files: The files to read, ordered by name.
        others: The number of files of other kinds, by suffix.
        ignored: The number of files that a pattern excludes.
        passed_over: Files that are not holdings files, by name.
        errors: Sub-folders and files that could not be examined.
    """

    files: list[Path] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    ignored: int = 0
    passed_over: list[PassedOver] = field(default_factory=list)
    errors: list[StockgroupsError] = field(default_factory=list)


def find_files(
    folder: Path, ignore: Sequence[str] = (), suffixes: AbstractSet[str] = SUFFIXES
) -> Listing:
    """Return what the folder and its sub-folders hold. Hidden files and folders are left out.

    A link is followed if it leads to a regular file inside the folder. A sub-folder that cannot be
    entered is an error. So is a link, pipe, socket or device with the name of a holdings file. The
    rest is still listed.

    Args:
        folder: The folder to search. It may itself be a link.
        ignore: Patterns of files to leave out, in addition to those in the folder's
            `.stockgroupsignore`. A pattern without `/` is matched against the name of each file and
            sub-folder, one with `/` against the path relative to the folder.
        suffixes: The suffixes of the files to read.

    Raises:
        UsageError: The folder is missing, is no folder, cannot be read, or holds more than
            MAX_ENTRIES entries, or `.stockgroupsignore` cannot be used.
    """
    root = _open_root(folder)
    patterns = (*ignore, *_read_patterns(folder / IGNORE_FILE))
    walk = _Walk(folder, root, patterns, suffixes)
    walk.enter(folder, 0)
    walk.listing.files.sort()
    walk.listing.passed_over.sort(key=lambda passed: passed.name)
    return walk.listing


def name_in(folder: Path, path: Path) -> str:
    """Return the name of the file as it is shown and stored: its printable path in the folder."""
    return escape_text(path.relative_to(folder).as_posix(), LONGEST_FILE_NAME)


def _open_root(folder: Path) -> str:
    """Return the folder's real path. Raise UsageError if it cannot be listed."""
    try:
        os.stat(f"{folder}/.")  # noqa: PTH116 - Path drops the dot, which asks for entry
        with os.scandir(folder):
            return os.path.realpath(folder)
    except FileNotFoundError as error:
        raise _no_folder("no such folder", folder) from error
    except NotADirectoryError as error:
        raise _no_folder("not a folder", folder) from error
    except OSError as error:
        raise UsageError(
            f"the folder cannot be read: {error.strerror}",
            where=str(folder),
            remedy="let this user list and enter it",
        ) from error


def _no_folder(what: str, folder: Path) -> UsageError:
    return UsageError(
        what,
        where=str(folder),
        remedy="set HOLDINGS_DIR or --holdings-dir to the folder with the issuers' files",
    )


def _read_patterns(path: Path) -> list[str]:
    """Return the patterns of a `.stockgroupsignore`; none if there is no such file."""
    try:
        data = read_file(path, MAX_IGNORE_BYTES, str(path))
        if len(data) > MAX_IGNORE_BYTES:
            raise UsageError(f"more than {MAX_IGNORE_BYTES:,} bytes", where=str(path))
        lines = [line.strip() for line in data.decode().splitlines()]
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError, SourceError) as error:
        raise UsageError(
            f"the list of files to ignore cannot be read: {error}",
            where=str(path),
            remedy="save it as UTF-8 text with one pattern in each line, such as notes/*.txt",
        ) from error
    patterns = [line for line in lines if line and not line.startswith("#")]
    for pattern in patterns:
        if pattern.startswith("!"):
            raise UsageError(
                f"the pattern {pattern!r} negates an earlier one, which is not supported",
                where=str(path),
                remedy="name the files to ignore one by one",
            )
    return patterns


class _Walk:
    """One walk through a folder, with its results so far."""

    def __init__(
        self, folder: Path, root: str, patterns: Sequence[str], suffixes: AbstractSet[str]
    ) -> None:
        self._suffixes = suffixes
        self.listing = Listing()
        self._folder = folder
        self._root = root
        self._names = [p.rstrip("/") for p in patterns if "/" not in p.rstrip("/")]
        self._paths = [p.strip("/") for p in patterns if "/" in p.rstrip("/")]
        self._seen = 0

    def enter(self, folder: Path, depth: int) -> None:
        """Look at each entry of one folder, and enter its sub-folders."""
        try:
            os.stat(f"{folder}/.")  # noqa: PTH116 - as above
            with os.scandir(folder) as entries:
                # `~$spy.xlsx` is the lock of a spreadsheet that is open.
                found = [entry for entry in entries if not entry.name.startswith((".", "~$"))]
        except OSError as error:
            what = f"the folder cannot be entered: {error.strerror}"
            self._fail(folder, what, "let this user enter it")
            return
        for entry in sorted(found, key=lambda entry: entry.name):
            self._seen += 1
            if self._seen > MAX_ENTRIES:
                raise UsageError(
                    f"more than {MAX_ENTRIES:,} files and folders",
                    where=str(self._folder),
                    remedy="name a folder that holds only the issuers' files",
                )
            self._visit(entry, depth)

    def _visit(self, entry: os.DirEntry[str], depth: int) -> None:
        path = Path(entry.path)
        if self._is_ignored(path):
            self.listing.ignored += 1
        elif entry.is_symlink():
            self._follow(path)
        elif entry.is_dir(follow_symlinks=False):
            if depth < MAX_DEPTH:
                self.enter(path, depth + 1)
            else:
                what = f"the folder is nested more than {MAX_DEPTH} levels deep"
                self._fail(path, what, "move it up")
        elif entry.is_file(follow_symlinks=False):
            self._take(path)
        else:
            self._leave(path, "not a regular file but a pipe, a socket or a device")

    def _take(self, path: Path) -> None:
        suffix = path.suffix.lower()
        if suffix in self._suffixes:
            self.listing.files.append(path)
        else:
            self.listing.others[escape_text(suffix, LONGEST_FILE_NAME) or "without a suffix"] += 1

    def _follow(self, path: Path) -> None:
        """Take the file that a link leads to, if it is inside the folder."""
        try:
            mode = os.stat(path).st_mode  # noqa: PTH116 - as above
        except OSError as error:
            self._leave(path, f"a broken link: {error.strerror}")
            return
        is_inside = os.path.commonpath((self._root, os.path.realpath(path))) == self._root
        if stat.S_ISDIR(mode) and is_inside:
            self._pass_over(path, "a link to a folder, whose files are read where they are")
        elif stat.S_ISDIR(mode):
            self._fail(path, "a link to another folder is not followed", "put the files here")
        elif not is_inside:
            self._leave(path, "a link out of the folder is not followed")
        elif stat.S_ISREG(mode):
            self._take(path)
        else:
            self._leave(path, "a link to a pipe, a socket or a device")

    def _leave(self, path: Path, reason: str) -> None:
        """Skip a file. It is an error if its name is that of a holdings file."""
        if path.suffix.lower() in self._suffixes:
            self._fail(path, reason, "put the file itself here")
        else:
            self._pass_over(path, reason)

    def _is_ignored(self, path: Path) -> bool:
        inside = path.relative_to(self._folder).as_posix()
        name = PurePath(inside).name
        return any(fnmatchcase(name, pattern) for pattern in self._names) or any(
            fnmatchcase(inside, pattern) for pattern in self._paths
        )

    def _pass_over(self, path: Path, reason: str) -> None:
        self.listing.passed_over.append(PassedOver(name_in(self._folder, path), reason))

    def _fail(self, path: Path, what: str, remedy: str) -> None:
        self.listing.errors.append(
            SourceError(
                what,
                where=name_in(self._folder, path),
                remedy=f"{remedy}, or name it in {IGNORE_FILE}",
            )
        )
