"""The meaning of issuers' asset classes: a stock, or another kind of asset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.model import Category
from stockgroups.readers.values.numbers import NULLS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_STOCKS = frozenset(
    {
        "",
        *("equity", "equities", "stock", "stocks", "share", "shares", "common equity"),
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
        "preference share",
        "preference shares",
        "preferred stock",
        "convertible preferred stock",
        "tracking stock",
        "stapled security",
        "adr",
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
        *("cash", "cash collateral and margins", "money market", "currency", "currency collateral"),
        *("money market fund", "money market fund, taxable", "synthetic cash", "uninvestible cash"),
        *("mutual fund", "short-term reserves"),  # Vanguard's own money funds, CMT001142
        *("barmittel", "geldmarkt", "cash und/oder derivate"),
        *("contanti", "mercato monetario", "liquidità e/o derivati"),
        *("liquidités", "marché monétaire"),
        *("repurchase agreement", "repurchase agreements"),
    ),
    Category.DERIVATIVE: (
        *("forwards", "futures", "fx", "options", "swaps"),
        *("index future", "future", "option", "swap", "forward", "swap common stock"),
        *("total return swap", "currency forward", "equity option", "index option"),
    ),
    Category.UNLISTED: (
        *("warrants", "warrant", "rights", "right"),
        *("contingent value right", "contingent value rights", "escrow", "private placement"),
    ),
    Category.OTHER: (
        *("fixed income", "bond", "bonds", "corporate bond", "government bond", "municipal bond"),
        *("convertible bond", "treasury note", "treasury bond", "structured note"),
        *("anleihen", "obligationen", "obbligazionario", "obligations"),
        *("commodity", "commodities", "alternative"),
        *("exchange traded fund", "exchange-traded fund", "etf", "closed-end fund"),
    ),
}
_ASSET_CLASSES = {word: category for category, words in _CATEGORIES.items() for word in words}

_ABROAD = frozenset({"gdr", "global depositary receipt", "global depository receipt"})


_NONE_OWN: Mapping[str, Category | None] = {}


def category_of(
    asset_class: str, own: Mapping[str, Category | None] = _NONE_OWN
) -> Category | None:
    """Return the category of an asset class as printed, in any case; None for stocks.

    `own` has the meanings, by folded name, that apply to this file alone. An unknown class is not a
    stock: OTHER.
    """
    folded = _fold(asset_class)
    if folded in own:
        return own[folded]
    return None if folded in _STOCKS else _ASSET_CLASSES.get(folded, Category.OTHER)


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
    )


def name_class(printed: str) -> str:
    """Return the reason, from its asset class, why a row is not a stock."""
    return f"asset class {printed}"


def is_abroad(asset_class: str) -> bool:
    """Return whether lines of the class trade outside the United States, as global receipts do."""
    return _fold(asset_class) in _ABROAD


def _fold(asset_class: str) -> str:
    return " ".join(asset_class.split()).casefold()
