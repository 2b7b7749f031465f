"""The known formats: the program's own, a catalogue's, and those of plugins.

A new format is an entry in `issuers/formats.toml`, or a module with a FORMAT and a line here.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from stockgroups.catalog.formats import read_formats
from stockgroups.catalog.tables import read_tables
from stockgroups.errors import AmbiguousFileError
from stockgroups.readers.declared import declare
from stockgroups.readers.issuers import (
    invesco,
    ishares,
    ishares_json,
    plain,
    ssga_ucits,
    ssga_us,
    vanguard_csv,
    vanguard_json,
    vanguard_portfolio,
    xtrackers,
)
from stockgroups.readers.issuers.refinements import REFINEMENTS
from stockgroups.readers.likenesses import explain_unknown
from stockgroups.readers.plugins import load_plugins

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stockgroups.catalog import Catalog
    from stockgroups.readers.containers.document import Document
    from stockgroups.readers.format import FileColumns, Format

_CODED = (
    invesco.FORMAT,
    ishares_json.FORMAT,
    ishares.UCITS_FORMAT,
    ishares.US_FORMAT,
    plain.FORMAT,
    ssga_ucits.FORMAT,
    ssga_us.FORMAT,
    vanguard_csv.FORMAT,
    vanguard_json.FORMAT,
    vanguard_portfolio.FORMAT,
    xtrackers.FORMAT,
)


def _declare_issuers() -> list[Format]:
    entries = read_formats(read_tables(Path(__file__).parent / "issuers"), {})
    return [declare(entry, REFINEMENTS.get(name)) for name, entry in entries.items()]


FORMATS: tuple[Format, ...] = tuple(
    sorted([*_CODED, *_declare_issuers()], key=lambda known: known.name)
)


CATALOGUE = "your catalogue"
"""The origin of formats that a user has described."""


def known_formats(catalog: Catalog) -> tuple[Format, ...]:
    """Return all formats: the program's own, those of plugins, and the catalogue's.

    A format of the catalogue replaces another one with its name. Raises CatalogError for a mistake
    in a format of the catalogue.
    """
    declared = [
        replace(declare(entry), origin=CATALOGUE, last_seen=entry.last_seen or "")
        for entry in catalog.formats.values()
    ]
    own = {known.name for known in declared}
    others = (*FORMATS, *load_plugins().formats)
    return (*(known for known in others if known.name not in own), *declared)


def recognise(
    document: Document, formats: Sequence[Format] = FORMATS
) -> tuple[Format, Callable[[], FileColumns]]:
    """Return the one format of the document, and the reader of the document.

    Raise UnrecognisedFileError if no format matches, saying what the file looks like if that is
    clear, UnsupportedFileError for a list of stocks that is not a fund's, and AmbiguousFileError if
    several formats match.
    """
    found = _find(document, [known for known in formats if not known.is_fallback])
    found = found or _find(document, [known for known in formats if known.is_fallback])
    if not found:
        raise explain_unknown(document, formats)
    if len(found) > 1:
        raise AmbiguousFileError(
            f"it matches several formats: {', '.join(known.name for known, _ in found)}",
            where=document.file_name,
            remedy=_explain_twins([known for known, _ in found]),
        )
    return found[0]


def is_known(document: Document, formats: Sequence[Format]) -> bool:
    """Return whether any of the formats recognises the document."""
    return any(known.recognise(document) for known in formats)


def _explain_twins(found: Sequence[Format]) -> str:
    """Return what to do if several formats recognise a file, by the second one's origin."""
    own = next((known for known in found if known.origin == CATALOGUE), None)
    other = next((known for known in found if known is not own), None)
    if own and other:
        return (
            f"require labels in [formats.{own.name}] that {other.name} lacks (recognised_by), or "
            f"name it {other.name} to replace the other"
        )
    plugin = next((known for known in found if known.origin != FORMATS[0].origin), None)
    if plugin:
        return f"uninstall {plugin.origin}, or report it to its author"
    return "report the file; see docs/formats.md"


def _find(
    document: Document, formats: Sequence[Format]
) -> list[tuple[Format, Callable[[], FileColumns]]]:
    return [(known, read) for known in formats if (read := known.recognise(document))]
