"""Everything that is computed from groups: expressions, overlap, exposure, the index in memory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from stockgroups.api.door import Door
from stockgroups.api.moments import (
    Day,
    ReportLimits,
    Time,
    read_moment,
    read_range,
)
from stockgroups.db.errors import translate_errors
from stockgroups.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stockgroups.analytics.expressions.members import Members
    from stockgroups.analytics.index.follower import Follower
    from stockgroups.analytics.index.index import Index
    from stockgroups.analytics.panels.align import Aligned
    from stockgroups.analytics.panels.ever import EverMembers
    from stockgroups.analytics.panels.panel import Panel
    from stockgroups.analytics.portfolios.exposure_answers import ExposureAnswer
    from stockgroups.analytics.portfolios.nearest import NearestAnswer
    from stockgroups.analytics.portfolios.overlap_answers import OverlapAnswer
    from stockgroups.analytics.portfolios.overlap_matrix import OverlapMatrix


class Analyses(Door):
    """Questions whose answers are computed from several groups."""

    def members(
        self,
        expression: str,
        as_of: Day | None = None,
        **limits: Unpack[ReportLimits],
    ) -> Members:
        """Return the stocks of an expression: `(SPY & QQQ) - sector:energy`.

        Args:
            expression: Groups and stocks with `|`, `&`, `-`, `^`, filters in brackets, dates.
            as_of: The day of names that have no date of their own; None: now.
            limits: known_at, max_age, published_by and source, as for `Database.group`.

        Raises:
            UsageError: The text is no expression; `column` is the place.
            NotFoundError: A name is unknown, or nothing is recorded for it by its day.
        """
        from stockgroups.analytics.expressions.ask import find_members  # noqa: PLC0415 - not for other questions

        moment = read_moment(as_of, **limits)
        return self._ask(find_members, expression, moment)

    def panel(
        self,
        expression: str,
        since: Day | None = None,
        until: Day | None = None,
        freq: str = "ME",
        *,
        dates: Iterable[Day] | None = None,
        known_at: Time | None = None,
        max_age: int | None = None,
        as_published: bool = False,
        source: str | None = None,
    ) -> Panel:
        """Return the stocks of an expression on each of many dates.

        On each date the answer is that of `members`. Dates without an answer are gaps.

        Args:
            expression: As for `members`.
            since: The first day.
            until: The last day; None: today.
            freq: The days between: `D`, `B`, `W-FRI`, `ME`, `BME`, `QE` ... as in pandas.
            dates: The dates themselves, such as an exchange's trading days, in place of the three.
            known_at: Use only what was recorded by then.
            max_age: How many days older than the date a group's report may be.
            as_published: Whether each date only sees what was public by it: a report from its date
                of publication on, or without one from the day on which it was first recorded.
            source: Use only these reports: `issuer`, `nport` (filings) or `proxy`.
        """
        from stockgroups.analytics.panels.ask import find_panel  # noqa: PLC0415 - as above
        from stockgroups.analytics.panels.calendar import list_dates, read_dates  # noqa: PLC0415 - as above

        if since is None and dates is None:
            raise UsageError(
                "a panel needs a first day or dates", where="panel", remedy="give one of them"
            )
        if dates is not None and not (since is None and until is None):
            raise UsageError(
                "`dates` already gives the dates of the panel",
                where="panel",
                remedy="leave out `since` and `until`, or `dates`",
            )
        days = (
            read_dates(dates) if dates is not None else list_dates(*read_range(since, until), freq)
        )
        moment = read_moment(days[-1], known_at, max_age, source=source)
        return self._ask(find_panel, expression, days, moment=moment, as_published=as_published)

    def ever(
        self,
        expression: str,
        since: Day,
        until: Day | None = None,
        *,
        known_at: Time | None = None,
        max_age: int | None = None,
        as_published: bool = False,
        source: str | None = None,
    ) -> EverMembers:
        """Return every stock of an expression on any day of a range; see `panel`."""
        from stockgroups.analytics.panels.ask import find_ever  # noqa: PLC0415 - as above

        first, last = read_range(since, until)
        moment = read_moment(last, known_at, max_age, source=source)
        return self._ask(
            find_ever, expression, first, last, moment=moment, as_published=as_published
        )

    def align(
        self,
        frame: Any,
        *,
        date: str = "date",
        symbol: str = "symbol",
        symbols_of: str = "then",
        beyond_record: bool = False,
    ) -> Aligned:
        """Join the rows of a data frame, such as prices, with the securities of their symbols.

        Args:
            frame: A DataFrame of pandas or polars.
            date: The name of its column of dates.
            symbol: The name of its column of symbols in any spelling, or identifiers.
            symbols_of: `then`: a symbol is read as that of its row's date; `today`: as today's.
            beyond_record: Whether a symbol also means its stock on days before any group held it,
                and after the last group did; `unsure` lists these rows.
        """
        from stockgroups.analytics.panels.align import align  # noqa: PLC0415 - as above

        return self._ask(
            align,
            frame,
            date=date,
            symbol=symbol,
            symbols_of=symbols_of,
            beyond_record=beyond_record,
        )

    def overlap(
        self,
        *names: str,
        as_of: Day | None = None,
        **limits: Unpack[ReportLimits],
    ) -> OverlapAnswer:
        """Return what two or more groups share, by names and by weight.

        Args:
            names: Funds' tickers, or other groups with their type (`universe:sp500`).
            as_of: The day to answer for; None: now. Each group answers by its newest report.
            limits: known_at, max_age, published_by and source, as for `Database.group`.
        """
        from stockgroups.analytics.portfolios.overlap import find_overlap  # noqa: PLC0415 - as above

        moment = read_moment(as_of, **limits)
        return self._ask(find_overlap, names, moment)

    def overlap_matrix(
        self,
        names: Iterable[str] | None = None,
        as_of: Day | None = None,
        **limits: Unpack[ReportLimits],
    ) -> OverlapMatrix:
        """Return the overlap of every pair of groups (None: all ETFs); see `overlap`."""
        from stockgroups.analytics.portfolios.overlap_matrix import find_overlap_matrix  # noqa: PLC0415 - as above

        moment = read_moment(as_of, **limits)
        return self._ask(find_overlap_matrix, None if names is None else list(names), moment)

    def nearest(
        self,
        name: str,
        as_of: Day | None = None,
        *,
        limit: int = 10,
        **limits: Unpack[ReportLimits],
    ) -> NearestAnswer:
        """Return the funds with the largest overlap with a group; see `overlap`."""
        from stockgroups.analytics.portfolios.nearest import find_nearest_funds  # noqa: PLC0415 - as above

        moment = read_moment(as_of, **limits)
        return self._ask(find_nearest_funds, name, moment, limit=limit)

    def exposure(
        self,
        portfolio: Mapping[str, float] | str | Path,
        by: str = "stock",
        as_of: Day | None = None,
        **limits: Unpack[ReportLimits],
    ) -> ExposureAnswer:
        """Return what a portfolio holds through its funds, and through the funds in these.

        Args:
            portfolio: Weights or values by fund or stock (`{"VTI": 40, "AAPL": 10}`), which are
                divided by their sum, negative for a short position; or the path of such a file.
            by: stock, sector, industry, theme, country or currency.
            as_of: The day to answer for; None: now. Each fund answers by its newest report.
            limits: known_at, max_age, published_by and source, as for `Database.group`.
        """
        from stockgroups.analytics.portfolios.exposure import find_exposure  # noqa: PLC0415 - as above
        from stockgroups.readers.lists.portfolios import (  # noqa: PLC0415 - as above
            read_amounts,
            read_portfolio,
        )

        if isinstance(portfolio, str | Path):
            positions = read_portfolio(Path(portfolio), self.catalog)
        else:
            positions = read_amounts(portfolio, self.catalog)
        moment = read_moment(as_of, **limits)
        return self._ask(find_exposure, positions, by, moment)

    def version(self) -> int:
        """Return the version of the environment, which goes up with each load."""
        from stockgroups.analytics.index.build import read_version  # noqa: PLC0415 - as above

        with translate_errors(str(self.target)):
            return read_version(self)

    def index(self) -> Index:
        """Return all memberships of the environment in memory, for look-ups in microseconds."""
        from stockgroups.analytics.index.build import read_index  # noqa: PLC0415 - as above

        return self._ask(read_index, lambda: self.catalog)

    def follow(self) -> Follower:
        """Return an index that follows the database, to be used in a `with` block or closed.

        It has its own connection and thread, and no longer needs this object.
        """
        from stockgroups.analytics.index.follower import Follower  # noqa: PLC0415 - as above

        return Follower(self.target, lambda: self.catalog)
