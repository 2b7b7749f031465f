"""Global X's CSV for a fund ("full holdings").

Two lines with the fund's name and the date, the table, a notice. There are no asset classes and no
CUSIPs. Written options and payables have no ticker; a ticker abroad is followed by its market's
code.
"""

from __future__ import annotations

from stockgroups.catalog.entries import FormatEntry
from stockgroups.readers.declared import declare
from stockgroups.readers.format import Field

FORMAT = declare(
    FormatEntry(
        name="globalx",
        issuer="Global X",
        recognised_by=("% of Net Assets", "SEDOL", "Market Price ($)", "Market Value ($)"),
        columns={
            "% of Net Assets": Field.WEIGHT,
            "Ticker": Field.TICKER,
            "Name": Field.NAME,
            "SEDOL": Field.SEDOL,
            "Shares Held": Field.SHARES,
            "Market Value ($)": Field.MARKET_VALUE,
        },
        ignored=("Market Price ($)",),
        fund_name="line 1",
        date="Fund Holdings Data as of",
        date_format="MM/DD/YYYY",
        weights="percent",
        listed_on="US",
        followed=True,
    ),
    containers="CSV",
)
