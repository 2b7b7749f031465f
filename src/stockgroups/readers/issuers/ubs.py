"""UBS's workbook of a fund's constituents, an XLSX named `.xls`.

The fund's name and ISIN, the table, and a footer, the only place of the date. It identifies stocks
by ISIN and SEDOL, and prints no tickers and no money.
"""

from __future__ import annotations

from stockgroups.catalog.entries import FormatEntry
from stockgroups.readers.declared import declare
from stockgroups.readers.format import Field

FORMAT = declare(
    FormatEntry(
        name="ubs",
        issuer="UBS",
        recognised_by=("Securities", "ISIN", "Sedol Code", "Weight %"),
        columns={
            "Securities": Field.NAME,
            "ISIN": Field.ISIN,
            "Sedol Code": Field.SEDOL,
            "Currency": Field.CURRENCY,
            "Weight %": Field.WEIGHT,
        },
        ignored=("Price",),
        fund_name="line 1",
        fund_id="ISIN",
        date="Source: UBS AG",
        date_format="DD.MM.YYYY",
        weights="percent",
        followed=True,
        omits_cash=True,
    ),
    version=2,
    containers="XLSX",
    last_seen="2026-07-07",
)
