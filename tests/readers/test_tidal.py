"""What Tidal's files mean by their mark on money funds."""

from __future__ import annotations

from readers.builders import read, receipt_of

HEADER = "Date,Account,StockTicker,CUSIP,SecurityName,Shares,MarketValue,Weightings,MoneyMarketFlag"
STOCK = "07/07/2026,DRAM,MU,595112103,Micron Technology Inc,1000,950000.00,95.00%,"
FUND = "07/07/2026,DRAM,FGXXX,31846V336,First American Government Fund,50000,50000.00,5.00%,"


def test_a_mark_that_is_not_known_makes_no_stock_of_a_money_fund() -> None:
    known = read("\n".join([HEADER, f"{STOCK}N", f"{FUND}Y"]).encode())
    assert known.symbols == ("MU",)
    assert receipt_of(known).unknown_classes == ()
    odd = read("\n".join([HEADER, f"{STOCK}N", f"{FUND}5.0"]).encode())
    assert odd.symbols == ("MU",)
    assert receipt_of(odd).unknown_classes == ("5.0",)
