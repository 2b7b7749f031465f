"""Readers of other packages: used where they work, named where they do not."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from readers.builders import CATALOG, weights_of
from readers.test_new_format import FILE, TOY
from stockgroups.errors import ReaderBugError
from stockgroups.readers import FORMATS, FileColumns, Format, read_holdings
from stockgroups.readers.containers.document import Document
from stockgroups.readers.plugins import GROUP, gather_plugins

WHOLE = FILE.replace(b"4,what?\n", b"")
BOTH = (TOY, TOY)


def _raise(_: Document) -> None:
    raise ZeroDivisionError("by its author")


def _read_badly(_: Document) -> object:
    def read() -> FileColumns:
        raise KeyError("Fund")

    return read


FAILING = Format("failing", 1, None, _raise)
READS_BADLY = Format("badly", 1, None, _read_badly)  # type: ignore[arg-type]  # as plugins are
NO_FORMAT = "a text"


def _points(*values: str) -> list[EntryPoint]:
    return [EntryPoint(value.rpartition(":")[2].lower(), value, GROUP) for value in values]


def test_a_plugin_reads_as_a_format_of_the_program_does() -> None:
    plugins = gather_plugins(_points("readers.test_new_format:TOY"))
    assert (len(plugins.formats), plugins.broken) == (1, [])
    assert plugins.formats[0].origin == "an unknown package"
    result = read_holdings(WHOLE, "x.csv", CATALOG, formats=(*FORMATS, *plugins.formats))
    assert weights_of(result.snapshot) == {"BRK.B": 0.705, "AAPL": 0.285}


def test_broken_plugins_are_named_and_the_others_work() -> None:
    plugins = gather_plugins(
        _points(
            "nowhere_at_all:FORMAT",
            "readers.test_plugins:NO_FORMAT",
            "readers.test_plugins:FAILING",
            "readers.test_plugins:BOTH",
        )
    )
    told = sorted(map(str, plugins.broken))
    assert len(told) == 3
    assert "No module named 'nowhere_at_all'" in told[1]
    assert "another reader is named toy too" in told[0]
    assert "TypeError: readers.test_plugins:NO_FORMAT is neither a Format" in told[2]
    result = read_holdings(WHOLE, "x.csv", CATALOG, formats=(*FORMATS, *plugins.formats))
    assert result.format == "toy"
    assert str(plugins.broken[-1]) == (
        "reader failing of an unknown package is left out: it failed on x.csv "
        "(ZeroDivisionError: by its author)"
    )


def test_a_plugin_that_fails_while_it_reads_is_blamed_for_that_file() -> None:
    plugins = gather_plugins(_points("readers.test_plugins:READS_BADLY"))
    with pytest.raises(ReaderBugError, match="the reader badly of an unknown package failed"):
        read_holdings(WHOLE, "x.csv", CATALOG, formats=plugins.formats)
