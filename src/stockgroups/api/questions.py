"""What is recorded of groups and stocks; each method answers like the command of its name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Unpack

from stockgroups.api.door import Door
from stockgroups.api.moments import (
    Day,
    GroupOptions,
    ReportLimits,
    Time,
    read_day,
    read_moment,
    read_period,
)
from stockgroups.model import GroupType, read_kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stockgroups.jobs.explain import ExplainedAnswer
    from stockgroups.queries.answers import GroupAnswer, IndustryAnswer
    from stockgroups.queries.change_answers import GroupChanges, StockChanges
    from stockgroups.queries.explanation import Explanation
    from stockgroups.queries.named import Found, ListedGroups, ListedIndustries
    from stockgroups.queries.related import RelatedAnswer
    from stockgroups.queries.resolutions import Resolutions
    from stockgroups.queries.stock_answers import StockAnswer
    from stockgroups.queries.timelines import StockTimeline


class Questions(Door):
    """Questions about groups, stocks and what is recorded of them."""

    def group(
        self,
        kind: GroupType | str,
        name: str,
        as_of: Day | None = None,
        *,
        known_at: Time | None = None,
        max_age: int | None = None,
        published_by: Day | None = None,
        source: str | None = None,
        details: bool = True,
    ) -> GroupAnswer:
        """Return what is in a group, now or on a day.

        Args:
            kind: ETF, THEME, UNIVERSE, SECTOR, SEGMENT or CUSTOM.
            name: A fund's ticker, or a key in any spelling.
            as_of: The day to answer for; None: now. The answer is the newest report that is not
                after the day.
            known_at: Use only what was recorded by then.
            max_age: How many days older than the day the report may be.
            published_by: Use only what the public could know by this day: a report from its date of
                publication on, or without one from the day on which it was first recorded.
            source: Use only these reports: `issuer`, `nport` (filings) or `proxy`.
            details: Whether to read names, shares, identifiers and sectors too.
        """
        from stockgroups.queries.groups import find_group  # noqa: PLC0415 - not for other questions

        moment = read_moment(as_of, known_at, max_age, published_by, source)
        answer = self._ask(find_group, read_kind(kind), name, moment, details=details)
        if answer.kind is not GroupType.CUSTOM or "expression" not in answer.metadata:
            return answer  # of another type, another program's, or of the past
        from stockgroups.analytics.expressions.saved import find_warnings  # noqa: PLC0415 - as above

        return replace(answer, warnings=self._ask(find_warnings, answer.key))

    def etf(
        self, ticker: str, as_of: Day | None = None, **how: Unpack[GroupOptions]
    ) -> GroupAnswer:
        """Return what is in an ETF, by its ticker or a former one; see `group`."""
        return self.group(GroupType.ETF, ticker, as_of, **how)

    def theme(self, key: str, as_of: Day | None = None, **how: Unpack[GroupOptions]) -> GroupAnswer:
        """Return what belongs to a theme; see `group`."""
        return self.group(GroupType.THEME, key, as_of, **how)

    def universe(
        self, key: str, as_of: Day | None = None, **how: Unpack[GroupOptions]
    ) -> GroupAnswer:
        """Return what belongs to a universe; see `group`."""
        return self.group(GroupType.UNIVERSE, key, as_of, **how)

    def sector(
        self, key: str, as_of: Day | None = None, **how: Unpack[GroupOptions]
    ) -> GroupAnswer:
        """Return the stocks of a sector; see `group`."""
        return self.group(GroupType.SECTOR, key, as_of, **how)

    def groups(self, kind: GroupType | str) -> ListedGroups:
        """Return the groups of a type, each with its size and its source."""
        from stockgroups.queries.named import list_groups  # noqa: PLC0415 - as above

        return self._ask(list_groups, read_kind(kind))

    def industries(self) -> ListedIndustries:
        """Return the industries, each with its sector and the number of its stocks."""
        from stockgroups.queries.named import list_industries  # noqa: PLC0415 - as above

        return self._ask(list_industries)

    def types_of(self, name: str) -> list[str]:
        """Return the types of the groups that have a name, else `STOCK` or `INDUSTRY`.

        Raises:
            NotFoundError: The name is unknown; the message has the nearest names.
        """
        from stockgroups.queries.named import find_types  # noqa: PLC0415 - as above

        return self._ask(find_types, name)

    def search(self, text: str) -> Found:
        """Return the groups, then the stocks, whose key, symbol or name holds a text."""
        from stockgroups.queries.named import search  # noqa: PLC0415 - as above

        return self._ask(search, text)

    def industry(self, name: str) -> IndustryAnswer:
        """Return an industry, its sector and its stocks."""
        from stockgroups.queries.groups import find_industry  # noqa: PLC0415 - as above

        return self._ask(find_industry, name)

    def stock(
        self,
        text: str,
        as_of: Day | None = None,
        **limits: Unpack[ReportLimits],
    ) -> StockAnswer:
        """Return the groups that hold a stock, with its weights, now or on a day.

        Args:
            text: A symbol in any spelling, a former symbol, or an ISIN, CUSIP, SEDOL or FIGI.
            as_of: The day to answer for; None: now.
            limits: known_at, max_age, published_by and source, as for `group`.
        """
        from stockgroups.queries.stocks import find_stock  # noqa: PLC0415 - as above

        moment = read_moment(as_of, **limits)
        return self._ask(find_stock, text, moment)

    def explain(self, text: str) -> Explanation:
        """Return a stock with all votes on its sector, and how they were decided."""
        from stockgroups.queries.explanation import explain_stock  # noqa: PLC0415 - as above

        return self._ask(explain_stock, text)

    def changes(
        self,
        name: str,
        since: Day | None = None,
        until: Day | None = None,
        *,
        kind: GroupType | str | None = None,
        threshold: float | None = None,
    ) -> GroupChanges:
        """Return the members added to, removed from and changed in a group.

        Args:
            name: A fund's ticker or a key.
            since: Changes after that day; None: since the snapshot before the newest.
            until: Changes up to that day; None: today.
            kind: The type of the group, if several have the name.
            threshold: The smallest change of a weight to report, a fraction of the fund.
        """
        from stockgroups.queries.changes import find_group_changes  # noqa: PLC0415 - as above

        period = read_period(since, until, threshold)
        return self._ask(find_group_changes, name, period, read_kind(kind) if kind else None)

    def stock_changes(
        self,
        text: str,
        since: Day = "1y",
        until: Day | None = None,
        *,
        threshold: float | None = None,
    ) -> StockChanges:
        """Return the changes of a stock in every group that has ever held it; see `changes`."""
        from stockgroups.queries.changes import find_stock_changes  # noqa: PLC0415 - as above

        period = read_period(since, until, threshold)
        return self._ask(find_stock_changes, text, period)

    def timeline(self, text: str, as_of: Day | None = None) -> StockTimeline:
        """Return every interval of a stock in a group, under all its symbols.

        The text is read as the symbol of the day `as_of`; None: of today.
        """
        from stockgroups.queries.timelines import find_timeline  # noqa: PLC0415 - as above

        on = read_day(as_of)
        return self._ask(find_timeline, text, on)

    def resolve(self, texts: str | Iterable[str], as_of: Day | None = None) -> Resolutions:
        """Return which stock each text means on a day, the method, and the confidence."""
        from stockgroups.queries.resolve import resolve  # noqa: PLC0415 - as above

        requested = [texts] if isinstance(texts, str) else list(texts)
        on = read_day(as_of)
        return self._ask(resolve, requested, on)

    def explain_resolution(
        self, texts: str | Iterable[str], as_of: Day | None = None
    ) -> ExplainedAnswer:
        """Return the answer of `resolve`, with the evidence that its stocks are one or several."""
        from stockgroups.jobs.explain import explain  # noqa: PLC0415 - as above

        requested = [texts] if isinstance(texts, str) else list(texts)
        return self._ask(explain, requested, read_day(as_of))

    def related(self, text: str) -> RelatedAnswer:
        """Return a stock's other share classes, listings, ADR and home share."""
        from stockgroups.queries.related import find_related  # noqa: PLC0415 - as above

        return self._ask(find_related, text)
