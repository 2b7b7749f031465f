"""What issuers' asset classes mean: a stock, or which of the things beside it."""

from __future__ import annotations

from stockgroups.model import Category

_STOCKS = frozenset(
    {
        "",
        "equity",
        "aktien",  # iShares, in German, Italian and French
        "azionario",
        "actions",
        # Invesco's classes of shares
        "common stock",
        "adr",
        "american depository receipt",
        "american depository receipt - ny",
        "real estate investment trust",
        "reit",
        "other equity",  # Vanguard's word for REITs
    }
)
_ASSET_CLASSES = {
    "cash": Category.CASH,
    "cash collateral and margins": Category.CASH,
    "money market": Category.CASH,
    "geldmarkt": Category.CASH,
    "barmittel": Category.CASH,
    "cash und/oder derivate": Category.CASH,
    "contanti": Category.CASH,
    "liquidità e/o derivati": Category.CASH,
    "liquidités": Category.CASH,
    "marché monétaire": Category.CASH,
    "mercato monetario": Category.CASH,
    "currency": Category.CASH,
    "currency collateral": Category.CASH,
    "money market fund, taxable": Category.CASH,
    "synthetic cash": Category.CASH,
    "uninvestible cash": Category.CASH,
    "mutual fund": Category.CASH,  # Vanguard's own money funds, CMT001142
    "short-term reserves": Category.CASH,
    "index future": Category.DERIVATIVE,
    "swap common stock": Category.DERIVATIVE,
    "forwards": Category.DERIVATIVE,
    "futures": Category.DERIVATIVE,
    "fx": Category.DERIVATIVE,
    "options": Category.DERIVATIVE,
    "swaps": Category.DERIVATIVE,
    "warrants": Category.UNLISTED,
    "rights": Category.UNLISTED,
}


def category_of(asset_class: str) -> Category | None:
    """Return the category of an asset class as printed, in any case, or None for stocks.

    A class that is not known is none of stocks: OTHER.
    """
    folded = asset_class.casefold()
    return None if folded in _STOCKS else _ASSET_CLASSES.get(folded, Category.OTHER)
