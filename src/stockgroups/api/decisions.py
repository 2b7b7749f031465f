"""Decisions of people about stocks: renames of symbols, and sectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.api.door import Door
from stockgroups.api.moments import Day, read_day
from stockgroups.times import read_date

if TYPE_CHECKING:
    from stockgroups.catalog import SectorOverride
    from stockgroups.jobs.identity import AliasChange, KnownAlias


class Decisions(Door):
    """Aliases and sectors that a person sets, each in one audited transaction."""

    def aliases(self) -> list[KnownAlias]:
        """Return the renames and reuses of symbols in force, oldest first."""
        from stockgroups.jobs.identity import list_aliases  # noqa: PLC0415 - as above

        return self._ask(list_aliases)

    def add_alias(self, old: str, new: str | None, *, effective: Day, source: str) -> AliasChange:
        """Confirm that a symbol was renamed on a day, or passed to another stock.

        Args:
            old: The symbol before that day, in any spelling.
            new: The symbol from that day on; None: `old` is another stock from then on.
            effective: The first day.
            source: The source of the information.

        Returns:
            What it changed in each group.

        Raises:
            GuardError: The day is in the future, or another stock took the symbol on it.
        """
        from stockgroups.jobs.identity import add_alias  # noqa: PLC0415 - heavy
        from stockgroups.model import Alias  # noqa: PLC0415 - as above
        from stockgroups.symbols import read_symbol  # noqa: PLC0415 - as above

        alias = Alias(
            read_symbol(old, self.catalog),
            read_date(effective, "effective"),
            None if new is None else read_symbol(new, self.catalog),
            source.strip(),
        )
        return self._act(add_alias, alias)

    def remove_alias(self, old: str, *, effective: Day) -> AliasChange:
        """Withdraw an alias that `add_alias` confirmed.

        Raises:
            NotFoundError: Nobody confirmed one on the symbol and day.
        """
        from stockgroups.jobs.identity import remove_alias  # noqa: PLC0415 - heavy
        from stockgroups.symbols import read_symbol  # noqa: PLC0415 - as above

        day = read_date(effective, "effective")
        return self._act(remove_alias, read_symbol(old, self.catalog), day)

    def overrides(self) -> dict[str, list[SectorOverride]]:
        """Return users' decisions on sectors by symbol: for each stock, the last valid one."""
        from stockgroups.sectors import read_overrides  # noqa: PLC0415 - as above

        return self._ask(read_overrides)

    def override_sector(
        self,
        symbol: str,
        sector: str,
        reason: str,
        *,
        industry: str | None = None,
        decided_on: Day | None = None,
    ) -> SectorOverride:
        """Put a stock into a sector from a day on, whatever the sources say.

        Args:
            symbol: The stock, in any spelling.
            sector: The sector, by its key or any label of it.
            reason: The reason, which is recorded with the decision.
            industry: One of the sector's industries.
            decided_on: The first day; None: today.

        Raises:
            NotFoundError: The environment does not know the stock.
            UsageError: The sector, industry, reason or day is invalid.
        """
        from stockgroups.jobs.overrides import decide_sector  # noqa: PLC0415 - heavy

        return self._act(
            decide_sector,
            symbol,
            sector,
            reason,
            industry=industry,
            decided_on=read_day(decided_on, "decided_on"),
        )

    def withdraw_override(self, symbol: str, reason: str) -> SectorOverride:
        """Let the sources decide on a stock's sector again, from today on.

        Raises:
            NotFoundError: There is no override of the stock.
        """
        from stockgroups.jobs.overrides import withdraw_sector  # noqa: PLC0415 - heavy

        return self._act(withdraw_sector, symbol, reason)
