"""Limits on the age of a group's source.

Only these rules judge an answer's age, so they can be read without the rest of the catalogue.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from stockgroups.catalog.fields import Fields, locate
from stockgroups.catalog.tables import SHIPPED, overlay, read_tables
from stockgroups.errors import CatalogError, UsageError
from stockgroups.model import GroupType

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from stockgroups.catalog.tables import Tables

_FILE = "freshness.toml"
_GROUP = re.compile(r"[A-Z0-9][A-Z0-9.-]{0,19}"), "a type of group or a ticker in upper case"
_FORMAT = re.compile(r"[a-z0-9][a-z0-9_]{0,99}"), "lower-case letters, digits and _"


@dataclass(frozen=True, slots=True)
class AgeLimits:
    """The maximum age of a source, in days; None: no limit."""

    warn_after: int | None
    error_after: int | None

    def __post_init__(self) -> None:
        """Raise UsageError if an error would come before its warning."""
        warn, error = self.warn_after, self.error_after
        if warn is not None and error is not None and warn > error:
            raise UsageError(
                f"warn_after is {warn}, later than error_after, {error}",
                remedy="give both, the smaller one as warn_after",
            )


ANY_AGE = AgeLimits(None, None)


@dataclass(frozen=True, slots=True)
class AgeRules:
    """The limits of age by type of group or by fund, and by the format of a source.

    `own_groups` and `own_formats` give the files of a user's own limits, whose names may be
    misspelt.
    """

    groups: Mapping[str, AgeLimits]
    formats: Mapping[str, AgeLimits]
    own_groups: Mapping[str, str] = field(default_factory=dict)
    own_formats: Mapping[str, str] = field(default_factory=dict)

    def limits_of(self, kind: str, name: str, source: str | None) -> AgeLimits:
        """Return the limits for the source of a group: by fund, else by format, else by type.

        Args:
            kind: The type of the group.
            name: The fund's ticker, or the key of another group.
            source: The format of its members' source; None if unknown.
        """
        own = self.groups.get(name) if kind == "ETF" else None
        format_ = (source or "").partition(" ")[0]  # a proxy's has the version of its package
        by_format = self.formats.get(format_) if kind == "ETF" else None
        return own or by_format or self.groups.get(kind, ANY_AGE)


def load_age_rules(user_dir: Path | None = None) -> AgeRules:
    """Load the shipped limits, overridden by those of a user's folder.

    Raise CatalogError for a mistake in a file of limits.
    """
    tables = read_tables(SHIPPED, only=_FILE)
    return read_age_rules(
        tables if user_dir is None else overlay(tables, read_tables(user_dir, only=_FILE))
    )


def read_age_rules(tables: Tables) -> AgeRules:
    """Read the limits. A fund or format without limits of its own has those of ETF."""
    groups: dict[str, AgeLimits] = {}
    for key, value in tables["freshness"].items():
        fields = Fields("freshness", key, value, _GROUP)
        is_fund = key not in GroupType.__members__
        groups[key] = _read_limits(fields, groups.get("ETF", ANY_AGE) if is_fund else ANY_AGE)
    formats = {
        key: _read_limits(
            Fields("source_freshness", key, value, _FORMAT), groups.get("ETF", ANY_AGE)
        )
        for key, value in tables["source_freshness"].items()
    }
    return AgeRules(
        MappingProxyType(groups),
        MappingProxyType(formats),
        MappingProxyType(_locate_own("freshness", tables)),
        MappingProxyType(_locate_own("source_freshness", tables)),
    )


def _locate_own(table: str, tables: Tables) -> dict[str, str]:
    return {
        key: locate(value.file, table, key)
        for key, value in tables[table].items()
        if value.file.parent != SHIPPED
    }


def _read_limits(fields: Fields, base: AgeLimits) -> AgeLimits:
    """Return the limits of one entry, completed from `base`."""
    days = (
        fields.optional_days("warn_after") or base.warn_after,
        fields.optional_days("error_after") or base.error_after,
    )
    fields.close()
    try:
        return AgeLimits(*days)
    except UsageError as error:
        raise CatalogError(error.what, where=fields.where, remedy=error.remedy) from error
