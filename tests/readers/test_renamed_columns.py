"""A column that is gone, or has another name: the file is read or refused, and never misread."""

from __future__ import annotations

import re

import pytest

from readers.accounts import DAY
from readers.builders import CATALOG
from readers.layouts import LAYOUTS
from readers.positions import POSITIONS
from readers.printing import Layout
from stockgroups.errors import ReaderBugError, StockgroupsError, UnrecognisedFileError
from stockgroups.readers import read_holdings
from stockgroups.readers.format import Field
from stockgroups.readers.issuers.ishares import _FIELDS as ISHARES_FIELDS


@pytest.mark.parametrize(
    "layout", LAYOUTS, ids=lambda layout: f"{layout.source}-{len(layout.columns)}"
)
def test_a_file_without_one_of_its_columns_is_read_or_refused(layout: Layout) -> None:
    for gone in layout.columns:
        kept = {label: column for label, column in layout.columns.items() if label != gone}
        rows = [[column(position) for column in kept.values()] for position in POSITIONS]
        sheet = [*layout.above[0], list(kept), *rows, *layout.below[-1]]
        found: StockgroupsError | None = None
        try:
            read_holdings(layout.writers[-1](sheet), layout.file_name, CATALOG, as_of=DAY)
        except StockgroupsError as error:
            found = error
        assert not isinstance(found, ReaderBugError), gone


_ISHARES = [layout for layout in LAYOUTS if layout.source.startswith("ishares")]


@pytest.mark.parametrize("meaning", [Field.NAME, Field.MARKET_VALUE])
@pytest.mark.parametrize(
    "layout", _ISHARES, ids=lambda layout: f"{layout.file_name}-{next(iter(layout.columns))}"
)
def test_a_column_of_ishares_under_another_name_is_told(layout: Layout, meaning: Field) -> None:
    """Nor is the look-through, which has the right columns, taken for the fund's own table."""
    (label,) = (label for label in layout.columns if ISHARES_FIELDS.get(label) is meaning)
    above, labels = layout.above[0], list(layout.columns)
    renamed = ["Something" if known == label else known for known in labels]
    rows = [[column(position) for column in layout.columns.values()] for position in POSITIONS[:3]]
    own, through = [*above, renamed, *rows], [["\xa0"], *above, labels, *rows]
    told = f"columns are {re.escape(labels[0])}, .*Something.*like the format {layout.source}, "
    for sheet in (own, own + through):
        with pytest.raises(UnrecognisedFileError, match=f"{told}which also has {label}"):
            read_holdings(layout.writers[-1](sheet), layout.file_name, CATALOG, as_of=DAY)
