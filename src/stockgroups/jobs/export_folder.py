"""What an export folder contains: its parts, the tables of the record, and the manifest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from stockgroups.db import schema
from stockgroups.errors import SourceError
from stockgroups.readers.containers.files import read_file
from stockgroups.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping
    from io import BufferedReader, BufferedWriter
    from pathlib import Path

TABLES = ("groups", "memberships", "holdings", "history", "metadata")
"""The tables for people and other engines."""
RECORD = "record"
PARTS = (*TABLES, RECORD)
FORMATS = ("csv", "parquet")
MANIFEST = "manifest.json"
LAYOUT = 1
"""The version of the layout of the folder."""
MOST_BYTES = 1_000_000
"""Of a manifest."""
BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class RecordTable:
    """A table of the record, exported unchanged.

    Attributes:
        name: The name with its schema.
        numbers: The columns that hold row numbers, with the kind of each number.
        is_shared: Whether it is reference data that all environments of a database share.
        view: The view that has all columns, if the table itself may lack some.
    """

    name: str
    numbers: Mapping[str, str] = field(default_factory=dict)
    is_shared: bool = False
    view: str | None = None

    @property
    def relation(self) -> str:
        """The relation that rows are read from and written to."""
        return self.view or self.name

    @property
    def path(self) -> str:
        """Its file in the folder."""
        return f"{RECORD}/{self.bare_name}.csv"

    @property
    def bare_name(self) -> str:
        """Its name without the schema."""
        return self.name.partition(".")[2]

    @property
    def is_ours(self) -> bool:
        """Whether only this program writes it, so that its columns are known."""
        return self.name.startswith("stockgroups.")


RECORD_TABLES = (
    RecordTable("stockgroups.loads", {"id": "load", "undoes": "load"}),
    RecordTable("stockgroups.group_registry", {"id": "group", "snapshot_id": "snapshot"}),
    RecordTable("stockgroups.refs", {"id": "ref"}),
    RecordTable("stockgroups.securities", {"id": "security"}),
    RecordTable("stockgroups.security_symbols", {"security_id": "security"}),
    RecordTable("stockgroups.security_refs", {"ref_id": "ref", "security_id": "security"}),
    RecordTable(
        "stockgroups.snapshots",
        {"id": "snapshot", "group_id": "group", "ref_ids": "ref", "load_id": "load"},
        view="stockgroups.full_snapshots",
    ),
    RecordTable("stockgroups.ref_runs", {"group_id": "group", "ref_ids": "ref"}),
    RecordTable("stockgroups.membership_history", {"group_id": "group", "security_id": "security"}),
    RecordTable("stockgroups.aliases"),
    RecordTable("stockgroups.sector_overrides"),
    RecordTable("stockgroups.archived_entries", {"id": "entry", "load_id": "load"}),
    RecordTable("stockgroups.replaced_entries", {"entry_id": "entry", "load_id": "load"}),
    RecordTable("stockgroups.directories", {"id": "directory"}, is_shared=True),
    RecordTable("stockgroups.listings", {"directory_id": "directory"}, is_shared=True),
    RecordTable("stockgroups.fund_classes", {"directory_id": "directory"}, is_shared=True),
    RecordTable("stockgroups.cusip_symbols", is_shared=True),
    RecordTable("stockgroups.cusip_changes", is_shared=True),
    RecordTable("public.definition_groups", {"id": "group"}),
    RecordTable("public.group_memberships", {"id": "membership", "group_id": "group"}),
    RecordTable("public.cache_entries", {"id": "entry"}),
)
"""In the order in which they are imported."""


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file of an export: its rows, its size, and its SHA-256."""

    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The description that an export carries.

    Attributes:
        environment: The exported environment.
        version: The version of the environment.
        identity: The inputs that its securities were computed from; see `env_state`.
        created_at: When the export was made, in UTC.
        format: The format of the tables for other engines.
        files: The files by their paths in the folder.
        program: The program and version that made the export.
        schema: The version of the database's schema.
        layout: The version of the folder's layout.
    """

    environment: str
    version: int
    identity: str | None
    created_at: str
    format: str
    files: Mapping[str, ExportedFile]
    program: str = f"stockgroups {VERSION}"
    schema: str = schema.VERSION
    layout: int = LAYOUT

    def to_dict(self) -> dict[str, Any]:
        """Return the manifest as JSON values."""
        return asdict(self)


class HashedFile:
    """A file that is read or written from start to end; its bytes are counted and hashed."""

    def __init__(self, file: BufferedReader | BufferedWriter) -> None:
        self._file: Any = file
        self._hash = hashlib.sha256()
        self.size = 0
        self.closed = False

    def write(self, data: Any) -> int:
        """Write bytes; return how many."""
        self._file.write(data)
        return self._note(data)

    def read(self, size: int = BLOCK) -> bytes:
        """Return the next bytes; none at the end."""
        data: bytes = self._file.read(size)
        self._note(data)
        return data

    def readline(self, size: int) -> bytes:
        """Return the next line, cut at the given number of bytes."""
        data: bytes = self._file.readline(size)
        self._note(data)
        return data

    def tell(self) -> int:
        """Return the number of bytes read or written so far."""
        return self.size

    def flush(self) -> None:
        """Do nothing: the file's owner flushes it."""

    def close(self) -> None:
        """Do nothing: the file's owner closes it."""

    @property
    def sha256(self) -> str:
        """The hash of the bytes read or written so far."""
        return self._hash.hexdigest()

    def _note(self, data: Any) -> int:
        self._hash.update(data)
        count = memoryview(data).nbytes
        self.size += count
        return count


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of an export folder.

    Raises:
        SourceError: There is no manifest, or this program and its schema cannot read it.
    """
    path = folder / MANIFEST
    where = str(path)
    try:
        data = read_file(path, MOST_BYTES, where)
    except OSError as error:
        raise SourceError(
            f"there is no export here: {error.strerror or error}",
            where=where,
            remedy="name the folder that `stockgroups export` made",
        ) from error
    if len(data) > MOST_BYTES:
        raise SourceError("the manifest is too large", where=where, remedy=_AGAIN)
    try:
        values = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise SourceError("the manifest is not JSON", where=where, remedy=_AGAIN) from error
    if not isinstance(values, dict) or values.get("layout") != LAYOUT:
        raise SourceError(
            f"the manifest does not have layout {LAYOUT}",
            where=where,
            remedy="import it with the version of stockgroups that made it",
        )
    found = values.get("schema")
    if found != schema.VERSION:
        made_by = str(values.get("program"))[:50]
        newer = str(found) > schema.VERSION
        raise SourceError(
            f"the export has schema {str(found)[:20]}, this program {schema.VERSION}",
            where=where,
            remedy=f"install {made_by} or newer"
            if newer
            else f"import it with {made_by} into a separate database, then run `stockgroups db "
            "upgrade` there",
        )
    try:
        return _read(values)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise SourceError(
            f"the manifest is invalid ({error})", where=where, remedy=_AGAIN
        ) from error


_AGAIN = "export again: the folder is damaged"


def _read(values: Mapping[str, Any]) -> Manifest:
    files = {
        str(path): ExportedFile(
            _count(one["rows"], "rows"), _count(one["bytes"], "bytes"), _text(one["sha256"])
        )
        for path, one in values["files"].items()
    }
    identity = values["identity"]
    return Manifest(
        environment=_text(values["environment"]),
        version=_count(values["version"], "version"),
        identity=None if identity is None else _text(identity),
        created_at=_text(values["created_at"]),
        format=_text(values["format"]),
        files=files,
        program=_text(values["program"]),
        schema=_text(values["schema"]),
    )


def _count(value: Any, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**62:
        raise ValueError(name)
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 200:
        raise ValueError(repr(value)[:50])
    return value
