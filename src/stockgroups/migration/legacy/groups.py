"""Converts an entry of the old store to the group that it describes."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stockgroups.errors import LegacyEntryError
from stockgroups.migration.legacy.entry import EntryHeader, place_entry
from stockgroups.migration.legacy.members import Members, iterate_shown, read_members
from stockgroups.migration.legacy.values import (
    MEMBER_KEYS,
    decode_value,
    fold_keys,
    is_list_of_texts,
    read_texts,
    unwrap,
)
from stockgroups.model import GroupKey, GroupType, Snapshot
from stockgroups.readers.values.dates import parse_date
from stockgroups.readers.values.numbers import parse_number
from stockgroups.text import fold_key

if TYPE_CHECKING:
    from stockgroups.catalog import Catalog

SOURCE = "legacy"
READER = "legacy/1"

_SHOWN = 3
_SECTOR_LISTS = ("industries", "representative_stocks")
_JSON_WORDS = {int: "number", float: "number", bool: "truth value", str: "text"}
_DATE_KEYS = ("as_of", "as_of_date", "last_updated", "last_update", "updated_at", "date")
_TITLE_KEYS = ("name", "fund_name", "etf_name", "full_name", "title", "display_name")
_THRESHOLD_KEYS = ("market_cap_threshold", "min_market_cap")
_MULTIPLES = {"k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12}
_EARLIEST = dt.date(1990, 1, 1)
_LATEST_MOMENT = 1e14  # milliseconds since 1970; larger whole numbers fit no float


@dataclass(frozen=True, slots=True)
class LegacyGroup:
    """What an entry says of its group.

    `metadata["legacy"]` keeps the rest of the entry unchanged: the origin and the time of its data,
    and every key without a field of its own. `snapshot` is None for sectors, which list no members.
    `refused` are listed members that are not symbols, and weights that are not numbers.
    """

    header: EntryHeader
    description: str | None
    metadata: dict[str, Any]
    liquidity_filter: dict[str, Any] | None
    snapshot: Snapshot | None
    refused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def says_the_same(self, other: LegacyGroup) -> bool:
        """Return whether both list the same members and weights for the group."""
        return bool(self._said() == other._said())

    def _said(self) -> Any:
        snapshot = self.snapshot
        if snapshot is None:
            return [self.metadata.get(key) for key in _SECTOR_LISTS]
        weights = snapshot.weights or (None,) * len(snapshot.refs)
        return dict(zip(snapshot.symbols, weights, strict=True))


def read_entry(
    header: EntryHeader, text: str | None, catalog: Catalog, today: dt.date
) -> LegacyGroup:
    """Return the group that an entry describes.

    A date after `today` is ignored; `today` is the date of an entry without any. `text` is the
    entry's value; None if there is none. Raise LegacyEntryError, with the reason, if no group can
    be made from it.
    """
    key = place_entry(header)
    value = None if text is None else decode_value(text)
    if isinstance(value, list):
        value = {MEMBER_KEYS[0]: value}
    if text is None or value is None or value in ({}, ""):
        raise LegacyEntryError("its value is empty")
    if not isinstance(value, dict):
        raise LegacyEntryError(f"its value is a {_JSON_WORDS[type(value)]} and not an object")
    fields = fold_keys(value)
    if key.type is GroupType.SECTOR:
        return _read_sector(key, header, fields, catalog)
    members, used = _read_members(fields, catalog)
    as_of, as_of_from = _find_date(fields, header, today)
    notes = list(members.notes)
    count = _number(fields.get("total_holdings"))
    listed = len(members.refs) + len(members.refused)
    if count is not None and count not in (listed, listed + members.repeated):
        notes.append(f"declares {count:g} holdings and lists {listed}")
    if members.blanks:
        notes.append(f"{members.blanks} blank elements")
    title, description = _find_words(fields, header, key)
    metadata: dict[str, Any] = {}
    if key.type is GroupType.ETF and title:
        description = title
    else:
        used |= {"description"} if description else set()
        metadata |= {"name": title} if title else {}
    if key.type is GroupType.THEME:
        if fields.get("selection_criteria") is not None:
            metadata["selection_criteria"] = unwrap(fields["selection_criteria"])
        related = fields.get("related_themes")
        metadata["related_themes"] = read_texts(related)
        used |= {"selection_criteria"} | (
            {"related_themes"} if is_list_of_texts(related) else set()
        )
    liquidity_filter, read = _find_filter(fields)
    used |= read
    metadata["legacy"] = _keep_rest(header, key, fields, used)
    snapshot = Snapshot(
        as_of=as_of,
        source=SOURCE,
        sha256=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
        reader=f"{READER}+{catalog.reading_digest}",
        refs=members.refs,
        receipt=members.make_receipt(as_of_from),
        file_name=f"cache_entries {header.type} {header.key}",
        weights=members.weights,
        shares=members.shares,
    )
    return LegacyGroup(
        header, description, metadata, liquidity_filter, snapshot, members.refused, notes
    )


def _read_members(fields: dict[str, Any], catalog: Catalog) -> tuple[Members, set[str]]:
    """Return the members of the first list that has any, and the keys that add nothing to it.

    Raise LegacyEntryError if no list has members.
    """
    absent = "missing"
    for name in MEMBER_KEYS:
        if name not in fields:
            continue
        listed = unwrap(fields[name])
        if listed is None or listed == "":
            absent = "null" if listed is None else "empty"
            continue
        members = read_members(listed, catalog)
        if members is None:
            raise LegacyEntryError(f"its {name} are a {_JSON_WORDS[type(listed)]} and not a list")
        if members.refs:
            content: tuple[Any, ...] = (None, "", [], {}, listed)
            return members, {k for k in MEMBER_KEYS if unwrap(fields.get(k)) in content}
        if members.refused:
            reasons = "; ".join(iterate_shown(members.refused, _SHOWN))
            raise LegacyEntryError(f"none of its {name} could be read: {reasons}")
        absent = "empty"
    raise LegacyEntryError(f"it has no members: they are {absent}")


def _read_sector(
    key: GroupKey, header: EntryHeader, fields: dict[str, Any], catalog: Catalog
) -> LegacyGroup:
    industries = read_texts(fields.get("industries"))
    stocks = read_members(fields.get("representative_stocks"), catalog) or Members()
    if not industries and not stocks.refs:
        raise LegacyEntryError("it names neither industries nor representative stocks")
    title, description = _find_words(fields, header, key)
    metadata: dict[str, Any] = {
        "industries": industries,
        "representative_stocks": [ref.symbol for ref in stocks.refs],
    }
    metadata |= {"name": title} if title else {}
    used = {name for name in _SECTOR_LISTS if is_list_of_texts(fields.get(name))}
    used |= {"description"} if description else set()
    metadata["legacy"] = _keep_rest(header, key, fields, used)
    return LegacyGroup(header, description, metadata, None, None, stocks.refused)


def _find_words(
    fields: dict[str, Any], header: EntryHeader, key: GroupKey
) -> tuple[str | None, str | None]:
    """Return title and description. The entry's name is the title unless it repeats the key."""
    titles = [fields.get(name) for name in _TITLE_KEYS] + [header.name]
    title = next(
        (
            " ".join(text.split())
            for text in titles
            if isinstance(text, str) and text.strip() and fold_key(text) != fold_key(key.name)
        ),
        None,
    )
    description = fields.get("description")
    if not isinstance(description, str) or not description.strip():
        return title, None
    return title, description.strip()


def _find_filter(fields: dict[str, Any]) -> tuple[dict[str, Any] | None, set[str]]:
    """Return the liquidity filter in the entry, and the keys that hold it.

    It describes the fund's index. The program that filled the old store may not have applied it.
    """
    given = unwrap(fields.get("liquidity_filter"))
    if isinstance(given, dict) and given:
        return given, {"liquidity_filter"}
    for name in _THRESHOLD_KEYS:
        threshold = _number(fields.get(name))
        if threshold is not None:
            return {"market_cap_threshold": threshold, "applied": False}, {name}
    return None, set()


def _keep_rest(
    header: EntryHeader, key: GroupKey, fields: dict[str, Any], used: set[str]
) -> dict[str, Any]:
    rest = {k: v for k, v in fields.items() if k not in used}
    if header.key != key.name:
        rest["key"] = header.key
    return rest


def _find_date(fields: dict[str, Any], header: EntryHeader, today: dt.date) -> tuple[dt.date, str]:
    """Return the as-of date of the entry, and the origin of that date."""
    for name in _DATE_KEYS:
        date = _read_date(fields.get(name))
        if date is not None and _EARLIEST <= date <= today:
            return date, f"{name} of the entry"
    if header.written is not None and header.written.date() <= today:
        return header.written.date(), "the time at which the entry was written"
    return today, "the day of its migration, as the entry has no date"


def _read_date(value: Any) -> dt.date | None:
    """Return a date from a text, or from a number of seconds or milliseconds since 1970."""
    if isinstance(value, str):
        text = value.strip()
        try:
            moment = dt.datetime.fromisoformat(text)
        except ValueError:
            known = parse_date(text[:40])
            return known if known is not None else _read_date(_number(text))
        try:
            return (moment if moment.tzinfo is None else moment.astimezone(dt.UTC)).date()
        except OverflowError:  # before the first year or after the last
            return None
    if isinstance(value, int | float) and not isinstance(value, bool) and value < _LATEST_MOMENT:
        seconds = value / 1000 if value > 1e11 else value
        if 6e8 < seconds < 1e11:
            return dt.datetime.fromtimestamp(seconds, dt.UTC).date()
    return None


def _number(value: Any) -> float | None:
    """Return the number in a value: a JSON number, a text, or a form such as `5B`."""
    if isinstance(value, bool) or value is None or isinstance(value, list | dict):
        return None
    text = str(value).strip()
    multiple = _MULTIPLES.get(text[-1:].lower(), 1.0)
    try:
        number = parse_number(text if multiple == 1.0 else text[:-1])
    except ValueError:
        return None
    return None if number is None else number * multiple
