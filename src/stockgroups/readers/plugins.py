"""Readers from other packages, by the entry-point group `stockgroups.readers`.

An entry point names a `Format` or a sequence of them. A broken one is reported and does not stop
the program: its files are refused as files of an unknown format.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, partial
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from stockgroups.errors import ReaderBugError, StockgroupsError
from stockgroups.readers.format import Format
from stockgroups.readers.values.texts import escape_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from importlib.metadata import EntryPoint

    from stockgroups.readers.containers.document import Document
    from stockgroups.readers.format import FileColumns

GROUP = "stockgroups.readers"
_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class BrokenReader:
    """An entry point that gives no reader: its name, its package, and the reason."""

    name: str
    package: str
    reason: str

    def __str__(self) -> str:
        return f"reader {self.name} of {self.package} is left out: {self.reason}"


@dataclass(frozen=True, slots=True)
class Plugins:
    """The formats of other packages, and the broken ones.

    A format that fails while it looks at a file is then added to `broken`.
    """

    formats: tuple[Format, ...]
    broken: list[BrokenReader]


@cache
def load_plugins() -> Plugins:
    """Return the readers of all installed packages; they are looked up once per process."""
    return gather_plugins(entry_points(group=GROUP))


def gather_plugins(points: Iterable[EntryPoint]) -> Plugins:
    """Return the readers that entry points give. An error in one is recorded, not raised."""
    formats: list[Format] = []
    broken: list[BrokenReader] = []
    for point in sorted(points, key=lambda point: point.name):
        package = point.dist.name if point.dist else "an unknown package"
        try:
            given = _load(point)
        except Exception as error:  # noqa: BLE001 - foreign code may raise anything
            broken.append(BrokenReader(point.name, package, _describe(error)))
            continue
        for one in given:
            if one.name in {known.name for known in formats}:
                broken.append(
                    BrokenReader(point.name, package, f"another reader is named {one.name} too")
                )
            else:
                guarded = partial(_recognise, one, package, broken)
                formats.append(replace(one, origin=package, recognise=guarded))
    return Plugins(tuple(formats), broken)


def _load(point: EntryPoint) -> list[Format]:
    found = point.load()
    given = [found] if isinstance(found, Format) else list(found)
    if not given or not all(isinstance(one, Format) for one in given):
        raise TypeError(f"{point.value} is neither a Format nor a sequence of Formats")
    return given


def _recognise(
    plugin: Format, package: str, broken: list[BrokenReader], document: Document
) -> Callable[[], FileColumns] | None:
    """Ask a plugin whether a document has its format; if it fails, record that and return None.

    Otherwise it would block every other reader.
    """
    try:
        read = plugin.recognise(document)
    except StockgroupsError:
        raise
    except Exception as error:  # noqa: BLE001 - as above
        fault = BrokenReader(
            plugin.name, package, f"it failed on {document.file_name} ({_describe(error)})"
        )
        if all(one.name != plugin.name for one in broken):
            broken.append(fault)
        return None
    return partial(_read, plugin, package, document, read) if read else None


def _read(
    plugin: Format, package: str, document: Document, read: Callable[[], FileColumns]
) -> FileColumns:
    try:
        return read()
    except StockgroupsError:
        raise
    except Exception as error:
        raise ReaderBugError(
            f"the reader {plugin.name} of {package} failed on it ({_describe(error)})",
            where=document.file_name,
            remedy=f"report it to the authors of {package}, or uninstall it",
        ) from error


def _describe(error: Exception) -> str:
    return escape_text(f"{type(error).__name__}: {error}", _LONGEST_REASON)
