"""A database as it was before: entries of the old store, made from a seed, some of them malformed.

Every malformation names what becomes of the entry, so that a test can count.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from stockgroups.db.connection import Connection

ETFS, THEMES, SECTORS, UNIVERSES, STOCKS = 24, 20, 11, 40, 3_700
LAST_UPDATED = "2025-12-05T06:30:00"

CREATE = """
CREATE TABLE cache_entries (
    id SERIAL PRIMARY KEY,
    type VARCHAR(50) NOT NULL,
    name VARCHAR(100) NOT NULL,
    key VARCHAR(255) NOT NULL,
    value JSONB,
    environment VARCHAR(20) DEFAULT 'DEFAULT',
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (type, name, key, environment)
)
"""


@dataclass(frozen=True)
class Entry:
    """One row of the old store. `fate`: migrated, merged, refused, or left (stays)."""

    type: str
    name: str
    key: str
    value: Any
    environment: str | None
    fate: str = "migrated"
    malformation: str | None = None


def make_entries(seed: int, scale: int = 1, malformed: float = 0.02) -> Iterator[Entry]:
    """Yield the entries of a store `scale` times the usual; of each malformation such a share."""
    dice = random.Random(seed)
    symbols = make_symbols(STOCKS * (1 if scale == 1 else 4))
    for kind, count in (
        ("etf_holdings", ETFS),
        ("theme_definition", THEMES),
        ("sector_industry_map", SECTORS),
        ("stock_universe", UNIVERSES - 10),
        ("etf_universe", 10),
    ):
        extra_numbers = itertools.count(count * scale)
        for number in range(count * scale):
            yield _make(kind, number, symbols, dice)
            for name, spoil in MALFORMATIONS.items():
                if kind != "sector_industry_map" and dice.random() < malformed:
                    extra = _make(kind, next(extra_numbers), symbols, dice)
                    yield from spoil(extra, name)
    for number in range(STOCKS * scale):
        value = {"symbol": f"S{number}", "member_of_etfs": ["SPY"], "sector": "energy"}
        yield Entry("stock_metadata", f"Stock {number}", f"S{number}", value, "DEFAULT", "left")


def make_symbols(count: int) -> list[str]:
    """So many tickers of four letters."""
    return [
        "".join(chr(65 + number // 26**place % 26) for place in range(4)) for number in range(count)
    ]


def store_entries(connection: Connection, entries: Iterator[Entry]) -> list[Entry]:
    """Write the entries into the old table; return them without their values."""
    kept = []
    copy_into = b"COPY public.cache_entries (type, name, key, value, environment) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(copy_into) as copy:
        for entry in entries:
            copy.write_row(
                (entry.type, entry.name, entry.key, json.dumps(entry.value), entry.environment)
            )
            if entry.fate != "left":
                kept.append(
                    Entry(
                        entry.type, entry.name, entry.key, None, entry.environment,
                        entry.fate, entry.malformation,
                    )
                )  # fmt: skip
    return kept


def _make(kind: str, number: int, symbols: list[str], dice: random.Random) -> Entry:
    """A sound entry."""
    word = {
        "etf_holdings": "".join(chr(65 + number // 26**p % 26) for p in range(4)) + "X",
        "theme_definition": f"theme_{number}",
        "sector_industry_map": f"sector_{number}",
        "stock_universe": f"universe_{number}",
        "etf_universe": f"funds_{number}",
    }[kind]
    value: dict[str, Any]
    if kind == "etf_holdings":
        members = dice.sample(symbols, dice.randint(30, 970))
        weight = round(1 / len(members), 6)
        value = {
            "holdings": [{"symbol": s, "weight": weight} for s in members],
            "total_holdings": len(members),
            "market_cap_threshold": 5_000_000_000,
            "data_source": "issuer",
            "last_updated": LAST_UPDATED,
        }
    elif kind == "theme_definition":
        value = {
            "symbols": dice.sample(symbols, dice.randint(7, 17)),
            "description": f"Theme {number}.",
            "selection_criteria": "By hand.",
            "related_themes": ["theme_0"],
        }
    elif kind == "sector_industry_map":
        value = {
            "industries": [f"Industry {number}.{n}" for n in range(5)],
            "representative_stocks": dice.sample(symbols, 5),
            "description": f"Sector {number}.",
        }
    else:
        value = {"symbols": dice.sample(symbols, dice.randint(5, 500)), "description": word}
    return Entry(kind, word, word, value, "DEFAULT")


def _members_key(entry: Entry) -> str:
    return "holdings" if "holdings" in entry.value else "symbols"


def _with(
    entry: Entry, malformation: str, fate: str = "migrated", **changes: Any
) -> Iterator[Entry]:
    fields = {
        "type": entry.type, "name": entry.name, "key": entry.key, "value": entry.value,
        "environment": entry.environment,
    }  # fmt: skip
    yield Entry(**(fields | changes), fate=fate, malformation=malformation)


def _change(entry: Entry, name: str, members: Any, fate: str = "migrated") -> Iterator[Entry]:
    yield from _with(entry, name, fate, value={**entry.value, _members_key(entry): members})


def _symbols(entry: Entry) -> list[str]:
    listed = entry.value[_members_key(entry)]
    return [item["symbol"] if isinstance(item, dict) else item for item in listed]


def _weigh(entry: Entry, spell: Callable[[float], Any]) -> list[dict[str, Any]]:
    symbols = _symbols(entry)
    return [{"symbol": s, "weight": spell(1 / len(symbols))} for s in symbols]


def _twin(entry: Entry, name: str) -> Iterator[Entry]:
    yield from _with(entry, name, "merged")
    yield from _with(entry, name, name=f"{entry.name} again")


MALFORMATIONS: dict[str, Callable[[Entry, str], Iterator[Entry]]] = {
    "array of strings": lambda e, n: _change(e, n, _symbols(e)),
    "objects with fractions": lambda e, n: _change(e, n, _weigh(e, lambda w: round(w, 6))),
    "objects with percents": lambda e, n: _change(e, n, _weigh(e, lambda w: round(w * 100, 4))),
    "numbers as strings": lambda e, n: _change(e, n, _weigh(e, lambda w: f"{w:.6f}")),
    "percent signs": lambda e, n: _change(e, n, _weigh(e, lambda w: f"{w:.4%}")),
    "JSON in a string": lambda e, n: _change(e, n, json.dumps(_symbols(e))),
    "all of it in a string": lambda e, n: _with(e, n, value=json.dumps(e.value)),
    "missing": lambda e, n: _with(e, n, "refused", value={"description": "nothing"}),
    "null": lambda e, n: _change(e, n, None, "refused"),
    "empty": lambda e, n: _change(e, n, [], "refused"),
    "null value": lambda e, n: _with(e, n, "refused", value=None),
    "a number": lambda e, n: _change(e, n, 7, "refused"),
    "duplicates": lambda e, n: _change(e, n, _symbols(e) + _symbols(e)[:3]),
    "lower case": lambda e, n: _change(e, n, [s.lower() for s in _symbols(e)]),
    "padding": lambda e, n: _change(e, n, [f"  {s} " for s in _symbols(e)]),
    "foreign symbols": lambda e, n: _change(e, n, [*_symbols(e), "7203.T", "NOVO-B.CO", "0700.HK"]),
    "unknown type": lambda e, n: _with(e, n, "refused", type="basket", value={"symbols": ["AAPL"]}),
    "key with spaces": lambda e, n: _with(e, n, key=f"  {e.key} "),
    "two rows of one key": _twin,
    "environment null": lambda e, n: _with(e, n, environment=None),
    "unknown environment": lambda e, n: _with(e, n, "refused", environment="staging"),
    "empty key": lambda e, n: _with(e, n, "refused", key="  "),
}


def written_at() -> dt.date:
    """The date that the funds' entries carry."""
    return dt.datetime.fromisoformat(LAST_UPDATED).date()
