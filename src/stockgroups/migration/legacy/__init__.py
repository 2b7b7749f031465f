"""The old store's entries: JSON documents of `cache_entries`, read as groups. Pure."""

from stockgroups.migration.legacy.entry import (
    LARGEST_VALUE,
    LEGACY_TYPES,
    STAYING_TYPES,
    EntryHeader,
    fold_type,
    home_of,
    place_entry,
)
from stockgroups.migration.legacy.groups import LegacyGroup, read_entry
from stockgroups.migration.legacy.members import read_stock
from stockgroups.migration.legacy.values import MEMBER_KEYS, decode_value, read_texts

__all__ = [
    "LARGEST_VALUE",
    "LEGACY_TYPES",
    "MEMBER_KEYS",
    "STAYING_TYPES",
    "EntryHeader",
    "LegacyGroup",
    "decode_value",
    "fold_type",
    "home_of",
    "place_entry",
    "read_entry",
    "read_stock",
    "read_texts",
]
