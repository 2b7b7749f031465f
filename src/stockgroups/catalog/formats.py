"""Formats as mappings of columns: a user's own, and most issuers'."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stockgroups.catalog.entries import FormatEntry
from stockgroups.catalog.fields import Fields
from stockgroups.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stockgroups.catalog.entries import Exchange
    from stockgroups.catalog.tables import Tables

US = "US"
"""In place of a MIC: any market whose stocks have bare symbols."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_]{0,49}"), "lower-case letters, digits and _"
_UNITS = {"percent": None, "fraction": None}
_MOST_VERSIONS = 10_000
_TEXTS = (
    *("issuer", "containers", "last_seen", "rows", "fund", "fund_name", "fund_id"),
    *("date", "date_format", "total"),
)
_FLAGS = ("followed", "omits_cash", "stocks_have_sectors", "several_funds")


def read_formats(tables: Tables, exchanges: Mapping[str, Exchange]) -> dict[str, FormatEntry]:
    """Return the formats of a catalogue, by name.

    The meanings of their columns are checked when they become readers. Raises CatalogError for any
    other mistake.
    """
    found: dict[str, FormatEntry] = {}
    for name, value in tables["formats"].items():
        fields = Fields("formats", name, value, _NAME)
        columns = fields.text_table("columns")
        if not columns:
            raise CatalogError(
                "columns is missing",
                where=fields.where,
                remedy=f'write under [formats.{name}.columns] what each means, "Symbol" = "ticker"',
            )
        shared = fields.optional_choice("asset_classes_of", found)
        classes = {**found[shared].asset_classes} if shared else {}
        texts = {text: fields.optional_text(text) for text in _TEXTS}
        flags = {flag: fields.flag(flag, default=False) for flag in _FLAGS}
        found[name] = FormatEntry(
            name=name,
            where=fields.where,
            recognised_by=fields.texts("recognised_by", least=1),
            columns=columns,
            ignored=fields.texts("ignored", least=0),
            weights=fields.optional_choice("weights", _UNITS),
            listed_on=fields.optional_choice("listed_on", {US: None, **exchanges}),
            version=fields.whole_number("version", default=1, most=_MOST_VERSIONS),
            asset_classes=classes | fields.text_table("asset_classes"),
            lines=fields.text_lists("lines"),
            rewritten=fields.text_tables("rewritten"),
            **texts,  # type: ignore[arg-type]  # by the fields' own names
            **flags,  # type: ignore[arg-type]  # as above
        )
        fields.close()
    return found
