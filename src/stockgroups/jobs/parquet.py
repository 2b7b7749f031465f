"""Write rows as Parquet, a bounded number at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stockgroups.errors import StockgroupsError
from stockgroups.queries.frames import import_package

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stockgroups.jobs.export_folder import HashedFile

INSTALL = "pip install 'stockgroups[export]'"
BLOCK = 8 << 20
"""Bytes of CSV that become one row group; no row is longer."""


class ParquetWriter:
    """Converts PostgreSQL's CSV into Parquet.

    Dates become DATE, times TIMESTAMP in UTC, numbers INT32, INT64 and DOUBLE, all else text.
    Raises UsageError if pyarrow is missing.
    """

    def __init__(self) -> None:
        self._arrow = arrow = import_package("pyarrow", INSTALL)
        self._csv = import_package("pyarrow.csv", INSTALL)
        self._parquet = import_package("pyarrow.parquet", INSTALL)
        # By the numbers of PostgreSQL's types, which are the same in every database.
        self._types = {
            16: arrow.bool_(),
            20: arrow.int64(),
            23: arrow.int32(),
            701: arrow.float64(),
            1082: arrow.date32(),
            1184: arrow.timestamp("us", "UTC"),
        }

    def write(
        self, blocks: Iterator[Any], shape: Mapping[str, int], file: HashedFile, where: str
    ) -> None:
        """Write CSV with a header as one file.

        Args:
            blocks: The CSV.
            shape: The columns, with their type numbers. `type` is left out, because the folder's
                name holds it.
            where: The file, for errors.

        Raises:
            StockgroupsError: A row is longer than 8 MB.
        """
        types = {name: self._types.get(kind, self._arrow.string()) for name, kind in shape.items()}
        kept = [name for name in shape if name != "type"]
        try:
            rows = self._csv.open_csv(
                self._arrow.PythonFile(_Blocks(blocks), mode="r"),
                read_options=self._csv.ReadOptions(block_size=BLOCK, use_threads=False),
                parse_options=self._csv.ParseOptions(newlines_in_values=True),
                convert_options=self._csv.ConvertOptions(
                    column_types=types,
                    include_columns=kept,
                    null_values=[""],
                    strings_can_be_null=True,
                    quoted_strings_can_be_null=False,
                    true_values=["t"],
                    false_values=["f"],
                ),
            )
            sink = self._arrow.PythonFile(file, mode="w")
            with self._parquet.ParquetWriter(sink, rows.schema, compression="zstd") as writer:
                for batch in rows:
                    # By itself `write_batch` would keep a million rows before it writes a group.
                    writer.write_table(self._arrow.Table.from_batches([batch]))
        except self._arrow.ArrowInvalid as error:
            raise StockgroupsError(
                f"the rows cannot be written as Parquet: {error}",
                where=where,
                remedy="export with --format csv",
            ) from error


class _Blocks:
    """Blocks of bytes as a file that is read from start to end."""

    closed = False

    def __init__(self, blocks: Iterator[Any]) -> None:
        self._blocks = blocks
        self._rest = memoryview(b"")

    def read(self, size: int) -> bytes:
        """Return the next bytes, at most the given number; none at the end."""
        parts: list[memoryview] = []
        wanted = size
        while wanted:
            if not self._rest:
                self._rest = memoryview(next(self._blocks, b""))
                if not self._rest:
                    break
            part, self._rest = self._rest[:wanted], self._rest[wanted:]
            parts.append(part)
            wanted -= len(part)
        return b"".join(parts)

    def close(self) -> None:
        """Do nothing: the owner of the blocks closes them."""
