"""The options of a load of ETFs."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from stockgroups.json_values import pick, to_json

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """The options of a load.

    Attributes:
        holdings_dir: The folder; None for no files.
        is_default_folder: Nobody named the folder, so an empty one counts as none.
        ignore: Patterns of files to leave out.
        proxies: Whether a fund without a file may get a proxy.
        etf: The fund; None for all.
        rebuild: Parse and apply everything again.
        as_of: The date of the files; None for their own dates.
        plan: Apply the plan with this hash and nothing else; None: apply whatever there is to do.
        alone: Leave funds without a file here alone, whatever the record has of them.
        origin: Where the files came from, for the audit, if the folder is a temporary one.
    """

    holdings_dir: Path | None = None
    is_default_folder: bool = False
    ignore: tuple[str, ...] = ()
    proxies: bool = True
    etf: str | None = None
    rebuild: bool = False
    dry_run: bool = False
    as_of: dt.date | None = None
    accept: frozenset[str] = frozenset()
    plan: str | None = None
    alone: bool = False
    origin: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the options that differ from their defaults as JSON values."""
        values = pick(self, "holdings_dir origin ignore proxies etf rebuild as_of plan")
        usual = {one.name: to_json(one.default) for one in fields(self)}
        if self.origin:
            del values["holdings_dir"]
        return {name: value for name, value in values.items() if value != usual[name]}
