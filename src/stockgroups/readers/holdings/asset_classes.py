"""The meaning of issuers' asset classes: a stock, or another kind of asset."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stockgroups.model import Category
from stockgroups.readers.values.numbers import NULLS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_STOCKS = frozenset(
    {
        "",
        *("equity", "equities", "stock", "stocks", "share", "shares", "common equity"),
        *("common", "common stocks", "preferred equity"),
        "aktien",  # iShares, in German, Italian, French, Dutch and Japanese
        "azionario",
        "actions",
        "aandelen",
        "株式",
        "other equity",  # Vanguard's word for REITs
        # Invesco's classes of shares. "Depository" is Invesco's own spelling.
        "common stock",
        "common share",
        "common shares",
        "common shares of beneficial interest",
        "shares of beneficial interest",
        "ordinary share",
        "ordinary shares",
        "registered share",
        "registered shares",
        "ny registered shares",
        *("preference", "preference share", "preference shares", "preferred", "preferred stock"),
        *("preferred share", "preferred shares", "preferred security", "preferred securities"),
        "convertible preferred stock",
        "tracking stock",
        "stapled security",
        "stapled securities",
        *("savings share", "savings shares", "bearer share", "bearer shares"),
        *("participation certificate", "participation certificates", "dutch cert"),
        *("non-voting depositary receipt", "non-voting depository receipt", "nvdr"),
        *("chess depositary interest", "chess depositary interests", "cdi"),
        *("adr", "adrs", "american depositary receipts", "depositary receipts"),
        "american depository receipt",
        "american depository receipt - ny",
        "american depositary receipt",
        "american depositary share",
        "american depositary shares",
        "depositary receipt",
        "depository receipt",
        "gdr",
        "global depositary receipt",
        "global depository receipt",
        "limited partnership",
        "limited partnership unit",
        "limited partnership units",
        "master limited partnership",
        "mlp",
        "unit",
        "units",
        "royalty trust",
        "real estate investment trust",
        "reit",
    }
)
_CATEGORIES = {
    Category.CASH: (
        *("mutual fund", "short-term reserves"),  # Vanguard's own money funds, CMT001142
        *("barmittel", "geldmarkt", "cash und/oder derivate"),
        *("contanti", "mercato monetario", "liquidità e/o derivati"),
        *("liquidités", "marché monétaire"),
        "cash and/or derivatives",
    ),
    Category.DERIVATIVE: ("fx",),
    Category.UNLISTED: ("private placement",),
    Category.OTHER: (
        *("anleihen", "obligationen", "obbligazionario", "obligations"),
        *("commodity", "commodities", "alternative"),
    ),
}
_ASSET_CLASSES = {word: category for category, words in _CATEGORIES.items() for word in words}
_TELLING = (
    (Category.DERIVATIVE, "derivatives? forwards? fut futures? fwd options? swaps? swaptions?"),
    (Category.UNLISTED, "cvrs? escrow rights? warrants?"),
    (Category.CASH, "cash commercial-paper currenc(?:y|ies) deposits? money-market repos?"),
    (Category.CASH, "repurchase t-bills? treasury-bills?"),
    (Category.OTHER, "asset-backed bonds? debentures? debt etfs? etns? etps? fixed-income funds?"),
    (Category.OTHER, "loans? mortgages? municipals? notes? treasury treasuries"),
)
"""Words that tell the category of a class that is not listed above; the first that fits decides."""
_WORDS = tuple(
    (category, re.compile(rf"\b(?:{words.replace(' ', '|').replace('-', '[ -]')})\b"))
    for category, words in _TELLING
)
_OF_STOCKS = re.compile(r"equit|stock|share|\breits?\b")

_ABROAD = frozenset({"gdr", "global depositary receipt", "global depository receipt"})


_NONE_OWN: Mapping[str, Category | None] = {}


def category_of(
    asset_class: str, own: Mapping[str, Category | None] = _NONE_OWN
) -> Category | None:
    """Return the category of an asset class as printed, in any case; None for stocks.

    `own` has the meanings, by folded name, that apply to this file alone. A class that is not
    listed is not a stock: its words tell what it is (`INDEX OPTIONS`), else it is OTHER.
    """
    folded = _fold(asset_class)
    if folded in own:
        return own[folded]
    if folded in _STOCKS:
        return None
    return _ASSET_CLASSES.get(folded) or _read_words(folded) or Category.OTHER


def find_unknown(
    asset_classes: Iterable[str], own: Mapping[str, Category | None] = _NONE_OWN
) -> list[str]:
    """Return the asset classes with an unknown meaning, each once and sorted."""
    return sorted(
        printed
        for printed in set(asset_classes) - NULLS
        if (folded := _fold(printed)) not in _STOCKS
        and folded not in _ASSET_CLASSES
        and folded not in own
        and _read_words(folded) is None
    )


def name_class(printed: str) -> str:
    """Return the reason, from its asset class, why a row is not a stock."""
    return f"asset class {printed}"


def is_abroad(asset_class: str) -> bool:
    """Return whether lines of the class trade outside the United States, as global receipts do."""
    return _fold(asset_class) in _ABROAD


def _read_words(folded: str) -> Category | None:
    """Return the category that a word of a class tells, if one does."""
    text = folded.replace("_", " ")
    told = next((category for category, words in _WORDS if words.search(text)), None)
    # `Cash Equities`, `Mortgage REIT` and `Equity / Funds` may be stocks, so nothing decides.
    ambiguous = told in (Category.CASH, Category.OTHER) and _OF_STOCKS.search(folded)
    return None if ambiguous else told


def _fold(asset_class: str) -> str:
    return " ".join(asset_class.split()).casefold()
