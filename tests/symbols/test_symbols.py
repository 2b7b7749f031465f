"""Symbols: the grammar, every spelling that is read, every style that is written."""

from __future__ import annotations

import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stockgroups.catalog import Exchange, load_catalog
from stockgroups.errors import SymbolError
from stockgroups.symbols import (
    SymbolStyle,
    foreign_symbol,
    is_canonical,
    parse_symbol,
    render_symbol,
    us_symbol,
)

CATALOG = load_catalog()
CLASSES = {"BRKB": "BRK.B", "BFB": "BF.B", "MOGA": "MOG.A", "CWENA": "CWEN.A", "CLSKW": "CLSK"}
US_STYLES = [SymbolStyle.CANONICAL, SymbolStyle.YAHOO, SymbolStyle.SLASH, SymbolStyle.SPACE]

roots = st.text(string.ascii_uppercase, min_size=1, max_size=5)
letters = st.sampled_from(string.ascii_uppercase)
suffixes = st.one_of(
    st.sampled_from([letter for letter in string.ascii_uppercase if letter not in "PRUW"]),
    st.sampled_from(["PR", "WS", "U", "RT"]),
    letters.map("PR{}".format),
    letters.map("WS{}".format),
)
us_symbols = st.one_of(roots, st.builds("{}.{}".format, roots, suffixes))
locals_ = st.from_regex(r"[A-Z0-9&]{1,6}(-[A-Z0-9&]{1,6})?", fullmatch=True)
mics = st.sampled_from([e.mic for e in CATALOG.exchanges.values() if e.listed and not e.us])
foreign_symbols = st.builds("{}.{}".format, locals_, mics)


def exchange(mic: str = "XXXX", *, pad: int = 0, drop_suffix: str | None = None) -> Exchange:
    return Exchange(mic=mic, name=mic, country="XX", pad=pad, drop_suffix=drop_suffix)


@pytest.mark.parametrize(
    "text",
    ["BRKB", "BRK.B", "BRK/B", "BRK-B", "BRK.b", "BRK B", "BRK^B", "brk b", " brkb ", "BRKB US"],
)
def test_the_seven_spellings_of_a_share_class(text: str) -> None:
    assert parse_symbol(text, CLASSES) == "BRK.B"


@pytest.mark.parametrize("text", ["ABB", "GOOGL", "CWEN", "MOG", "UHALB", "HEIA"])
def test_no_rule_splits_a_compact_spelling_that_the_table_does_not_know(text: str) -> None:
    assert parse_symbol(text, CLASSES) == text
    assert us_symbol(text, CLASSES) == text


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        # Preferreds: NYSE's directory, the consolidated tape, Yahoo, nasdaq.com, in words.
        ("ABR$D", "ABR.PRD"),
        ("ABRpD", "ABR.PRD"),
        ("ABR-PD", "ABR.PRD"),
        ("ABR^D", "ABR.PRD"),
        ("ABR PR D", "ABR.PRD"),
        ("ABR/PRD", "ABR.PRD"),
        ("abr.prd", "ABR.PRD"),
        ("USB-PR", "USB.PRR"),
        ("TY$", "TY.PR"),
        ("TYp", "TY.PR"),
        ("TY-P", "TY.PR"),
        # Warrants, units, rights.
        ("BFLY.WS", "BFLY.WS"),
        ("BFLY.W", "BFLY.WS"),
        ("BFLY+", "BFLY.WS"),
        ("BFLY-WT", "BFLY.WS"),
        ("NE.WS.A", "NE.WSA"),
        ("NE+A", "NE.WSA"),
        ("SOUL.U", "SOUL.U"),
        ("SOUL=", "SOUL.U"),
        ("SOUL-UN", "SOUL.U"),
        ("SOUL^", "SOUL.RT"),
        ("SOULr", "SOUL.RT"),
        ("SOUL.R", "SOUL.RT"),
        ("SOUL-RI", "SOUL.RT"),
        # Bloomberg's country and venue codes.
        ("EHTH US", "EHTH"),
        ("RKLB UQ", "RKLB"),
        # Foreign, canonical in any case.
        ("7203.xtks", "7203.XTKS"),
        ("novo-b.xcse", "NOVO-B.XCSE"),
        ("m&m.XNSE", "M&M.XNSE"),
    ],
)
def test_spellings_that_people_and_vendors_use(text: str, symbol: str) -> None:
    assert parse_symbol(text, CLASSES) == symbol


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "2602335D",
        "P5N994",
        "ABCDEF",
        "BRK.BB",
        "BRK..B",
        "A.B.C",
        "AAPL;",
        "SOUL=A",
        "ABCDEFGHIJKLMNOPQ.XTKS",
        "A" * 500,
        "É",
        "ß",
        "ﬁ",
        "BRK\nB C",
        "CASH_USD",
        "7203.T",
        ".XTKS",
    ],
)
def test_what_is_no_symbol_is_refused(text: str) -> None:
    with pytest.raises(SymbolError):
        parse_symbol(text, CLASSES)


def test_an_issuers_misprint_counts_in_issuers_files_only() -> None:
    assert us_symbol("CLSKW", CLASSES) == "CLSK"
    assert parse_symbol("CLSKW", CLASSES) == "CLSKW"


@pytest.mark.parametrize(
    ("ticker", "market", "symbol"),
    [
        ("700", exchange("XHKG", pad=4), "0700.XHKG"),
        ("09988", exchange("XHKG", pad=4), "9988.XHKG"),
        ("005930", exchange("XKRX"), "005930.XKRX"),
        ("WALMEX*", exchange("XMEX"), "WALMEX.XMEX"),
        ("BP.", exchange("XLON"), "BP.XLON"),
        ("BT.A", exchange("XLON"), "BT-A.XLON"),
        ("NOVO B", exchange("XCSE"), "NOVO-B.XCSE"),
        ("BBD/B", exchange("XTSE"), "BBD-B.XTSE"),
        ("SITES1A.1", exchange("XMEX"), "SITES1A-1.XMEX"),
        ("BIMAS.E", exchange("XIST", drop_suffix=".E"), "BIMAS.XIST"),
        ("M&M", exchange("XNSE"), "M&M.XNSE"),
        # Vendors' codes of the market itself, and of no other one.
        ("MC.PA", CATALOG.exchanges["XPAR"], "MC.XPAR"),
        ("MC FP", CATALOG.exchanges["XPAR"], "MC.XPAR"),
        ("ROG SE", CATALOG.exchanges["XSWX"], "ROG.XSWX"),
        ("MC.PA", CATALOG.exchanges["XLON"], "MC-PA.XLON"),
    ],
)
def test_local_tickers_become_canonical(ticker: str, market: Exchange, symbol: str) -> None:
    assert foreign_symbol(ticker, market) == symbol
    assert is_canonical(symbol)


@pytest.mark.parametrize("ticker", ["", "-", "*", "A B C D E F G H I J", "ÄB", "A;B"])
def test_what_no_exchange_uses_as_a_ticker_is_refused(ticker: str) -> None:
    with pytest.raises(SymbolError):
        foreign_symbol(ticker, exchange("XLON"))


@pytest.mark.parametrize(
    ("symbol", "style", "text"),
    [
        ("BRK.B", SymbolStyle.YAHOO, "BRK-B"),
        ("BRK.B", SymbolStyle.SLASH, "BRK/B"),
        ("BRK.B", SymbolStyle.COMPACT, "BRKB"),
        ("BRK.B", SymbolStyle.SPACE, "BRK B"),
        ("AAPL", SymbolStyle.YAHOO, "AAPL"),
        ("ABR.PRD", SymbolStyle.YAHOO, "ABR-PD"),
        ("BFLY.WS", SymbolStyle.YAHOO, "BFLY-WT"),
        ("SOUL.U", SymbolStyle.YAHOO, "SOUL-UN"),
        ("7203.XTKS", SymbolStyle.YAHOO, "7203.T"),
        ("0700.XHKG", SymbolStyle.YAHOO, "0700.HK"),
        ("7203.XTKS", SymbolStyle.SLASH, "7203.XTKS"),
    ],
)
def test_styles(symbol: str, style: SymbolStyle, text: str) -> None:
    assert render_symbol(symbol, style, CATALOG.exchanges) == text


def test_a_style_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(SymbolError, match="Yahoo"):
        render_symbol("7203.XQQQ", SymbolStyle.YAHOO, CATALOG.exchanges)
    with pytest.raises(SymbolError, match="canonical"):
        render_symbol("BRK/B", SymbolStyle.YAHOO, CATALOG.exchanges)


@given(st.one_of(us_symbols, foreign_symbols))
def test_a_canonical_symbol_is_its_own_canonical_spelling(symbol: str) -> None:
    assert is_canonical(symbol)
    assert parse_symbol(symbol, {}) == symbol
    assert parse_symbol(symbol.lower(), {}) == symbol
    assert render_symbol(symbol, SymbolStyle.CANONICAL, {}) == symbol


@given(st.one_of(st.text("ABKPRSUWX.-/$^+= pr17", max_size=9), st.text(max_size=12)))
def test_canonicalising_twice_is_canonicalising_once(text: str) -> None:
    try:
        symbol = parse_symbol(text, CLASSES)
    except SymbolError:
        return
    assert is_canonical(symbol)
    assert parse_symbol(symbol, CLASSES) == symbol or symbol == "CLSKW"


@given(us_symbols, st.sampled_from(US_STYLES))
def test_every_style_of_a_us_symbol_reads_back(symbol: str, style: SymbolStyle) -> None:
    assume(not (style is SymbolStyle.YAHOO and symbol.endswith(".WSS")))  # XYZ-WTS is XYZ-WT
    text = render_symbol(symbol, style, {})
    assert parse_symbol(text, {}) == symbol
    assert us_symbol(text, {}) == symbol


@given(roots, st.sampled_from("ABCDKV"))
def test_compact_spellings_read_back_through_the_table_alone(root: str, letter: str) -> None:
    symbol = f"{root}.{letter}"
    compact = render_symbol(symbol, SymbolStyle.COMPACT, {})
    assert parse_symbol(compact, {compact: symbol}) == symbol


@given(st.text(max_size=20), mics)
def test_a_foreign_ticker_never_passes_for_a_us_stock(ticker: str, mic: str) -> None:
    try:
        symbol = foreign_symbol(ticker, CATALOG.exchanges[mic])
    except SymbolError:
        return
    assert symbol.endswith(f".{mic}")
    assert is_canonical(symbol)
    assert foreign_symbol(symbol.removesuffix(f".{mic}"), CATALOG.exchanges[mic]) == symbol
