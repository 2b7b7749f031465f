"""What Tidal's files mean by their mark on money funds."""

from __future__ import annotations

from readers.builders import others_of, read, receipt_of

HEADER = "Date,Account,StockTicker,CUSIP,SecurityName,Shares,MarketValue,Weightings,MoneyMarketFlag"
STOCK = "07/07/2026,DRAM,MU,595112103,Micron Technology Inc,1000,950000.00,95.00%,"
FUND = "07/07/2026,DRAM,FGXXX,31846V336,First American Government Fund,50000,50000.00,5.00%,"


def test_a_bond_without_a_ticker_is_no_stock_to_come() -> None:
    bond = "07/07/2026,DRAM,594918BY9,594918BY9,Microsoft Corp 3.3 02/06/2027,900,25000.00,2.50%,"
    share = "07/07/2026,DRAM,88160R101,88160R101,Tesla Inc,90,25000.00,2.50%,"
    read_both = read("\n".join([HEADER, f"{STOCK}N", f"{bond}N", f"{share}N"]).encode())
    assert [ref.known_as for ref in read_both.refs] == ["MU", "CUSIP 88160R101"]
    assert "Microsoft Corp 3.3 02/06/2027" in others_of(read_both)


def test_a_mark_that_is_not_known_makes_no_stock_of_a_money_fund() -> None:
    known = read("\n".join([HEADER, f"{STOCK}N", f"{FUND}Y"]).encode())
    assert known.symbols == ("MU",)
    assert receipt_of(known).unknown_classes == ()
    odd = read("\n".join([HEADER, f"{STOCK}N", f"{FUND}5.0"]).encode())
    assert odd.symbols == ("MU",)
    assert receipt_of(odd).unknown_classes == ("5.0",)
