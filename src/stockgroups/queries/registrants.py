"""Find texts in the SEC's lists: a registrant's number, a fund's series or class, a name."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.db.sql import load_statements
from stockgroups.queries.readings import Method

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stockgroups.store import Store

_SQL = load_statements("resolve")
_CIK = re.compile(r"(?:CIK[\s:#]*)(\d{1,10})|(0\d{9})", re.IGNORECASE)
_SERIES = re.compile(r"[SC]\d{9}", re.IGNORECASE)
_SIGNS = re.compile(r"[^a-z0-9]+")
_FORM_WORDS = """
inc incorporated corp corporation co company ltd limited plc the sa nv ag se lp llc
"""
_FORMS = frozenset(_FORM_WORDS.split())
_SHORTEST_NAME = 3


class Registered(NamedTuple):
    """The symbols that the SEC's lists give for a text, the method, and the lists' entry."""

    method: Method
    symbols: tuple[str, ...]
    why: str


def find_registered(store: Store, texts: Iterable[str]) -> dict[str, Registered]:
    """Return what the SEC's newest lists give for texts that are no symbol or identifier.

    A registrant's number is ten digits, or has CIK before it. Names are compared as a whole,
    without case, punctuation and legal forms (`Inc.`, `Corp`).
    """
    numbers: dict[str, int] = {}
    series: dict[str, str] = {}
    names: dict[str, str] = {}
    for text in texts:
        if found := _CIK.fullmatch(text.strip()):
            numbers[text] = int(found[1] or found[2])
        elif _SERIES.fullmatch(text.strip()):
            series[text] = text.strip().upper()
        elif len(folded := fold_name(text)) >= _SHORTEST_NAME:
            names[text] = folded
    answers: dict[str, Registered] = {}
    if numbers or names:
        by_number, by_name = _read_companies(store)
        for text, number in numbers.items():
            _add(answers, text, Method.CIK, by_number.get(number, ()), f"CIK {number} is")
        for text, name in names.items():
            _add(answers, text, Method.NAME, by_name.get(name, ()), "the name is that of")
    if series:
        rows = store.connection.execute(_SQL["find_classes"], {"ids": list(series.values())})
        by_id: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for key, ticker, name in rows:
            by_id[key].append((ticker, name or ticker))
        for text, key in series.items():
            _add(answers, text, Method.SERIES, by_id.get(key, ()), f"{key} is")
    return answers


def explain_unregistered(text: str) -> str | None:
    """Return why a registrant's number or a series has no answer; None for any other text."""
    if _CIK.fullmatch(text.strip()):
        register = "company_tickers.json"
    elif _SERIES.fullmatch(text.strip()):
        register = "company_tickers_mf.json"
    else:
        return None
    return (
        f"no loaded list of the SEC has this number; load its {register} with "
        "`stockgroups load-directory FILE`"
    )


def is_registrants(text: str) -> bool:
    """Return whether a text has the form of a registrant's number: `CIK0000320193`."""
    return _CIK.fullmatch(text.strip()) is not None


def fold_name(name: str) -> str:
    """Return a company's name in the form in which names are compared."""
    words = _SIGNS.sub(" ", name.casefold()).split()
    return " ".join(word for word in words if word not in _FORMS)


def _read_companies(
    store: Store,
) -> tuple[dict[int, list[tuple[str, str]]], dict[str, list[tuple[str, str]]]]:
    """Return symbols with names, by registrants' numbers and by folded names."""
    by_number: dict[int, list[tuple[str, str]]] = defaultdict(list)
    by_name: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for cik, symbol, name in store.connection.execute(_SQL["list_registrants"]):
        by_number[cik].append((symbol, name or symbol))
        if name:
            by_name[fold_name(name)].append((symbol, name))
    return by_number, by_name


def _add(
    answers: dict[str, Registered],
    text: str,
    method: Method,
    found: Iterable[tuple[str, str]],
    why: str,
) -> None:
    pairs = list(dict.fromkeys(found))
    if pairs:
        symbols = tuple(dict.fromkeys(symbol for symbol, _ in pairs))
        names = ", ".join(dict.fromkeys(name for _, name in pairs))
        answers[text] = Registered(method, symbols, f"{why} {names} in the SEC's lists")
