"""Measure the sectors: each source against the others, and all against a list."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stockgroups.json_values import pick
from stockgroups.sectors.decide import classify
from stockgroups.sectors.votes import Standing

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from stockgroups.catalog import Taxonomy
    from stockgroups.sectors.votes import Kind, Vote

_SPEAKING = (Standing.COUNTED, Standing.TIE_BREAKER)


@dataclass(slots=True)
class Measure:
    """The comparison of two sides that give sectors.

    `stocks` counts the stocks with a sector on the measured side, `predicted` those that have one
    on the other side too, `agreed` those with the same on both. `confusion` counts pairs (measured,
    predicted) that differ; `disputes` names their stocks. `kind` is the kind of a measured source.
    """

    name: str
    kind: Kind | None = None
    stocks: int = 0
    predicted: int = 0
    agreed: int = 0
    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)
    disputes: dict[str, tuple[str, str]] = field(default_factory=dict)
    unpredicted: list[str] = field(default_factory=list)

    @property
    def coverage(self) -> float:
        """The share of the stocks that have a sector on the other side."""
        return self.predicted / self.stocks if self.stocks else 0.0

    @property
    def agreement(self) -> float:
        """The share of agreement among the stocks with a sector on both sides."""
        return self.agreed / self.predicted if self.predicted else 0.0

    def add(self, symbol: str, actual: str, predicted: str | None) -> None:
        """Count one stock."""
        self.stocks += 1
        if predicted is None:
            self.unpredicted.append(symbol)
            return
        self.predicted += 1
        if actual == predicted:
            self.agreed += 1
        else:
            self.confusion[actual, predicted] += 1
            self.disputes[symbol] = (actual, predicted)

    def to_dict(self) -> dict[str, Any]:
        """Return the measure as JSON values."""
        return {
            **pick(self, "name kind stocks predicted agreed coverage agreement"),
            "confusion": [
                {"said": actual, "predicted": predicted, "stocks": count}
                for (actual, predicted), count in self.confusion.most_common()
            ],
            "disputes": {
                symbol: {"said": actual, "predicted": predicted}
                for symbol, (actual, predicted) in sorted(self.disputes.items())
            },
            "unpredicted": sorted(self.unpredicted),
        }


def leave_one_out(
    alike: Iterable[tuple[Sequence[str], Sequence[Vote]]],
    taxonomy: Taxonomy,
    on: dt.date | None = None,
) -> list[Measure]:
    """Predict the sectors of each source from the other sources; the one with most stocks first.

    `alike` holds stocks with all votes for them; users' overrides have no part in it.
    """
    measures: dict[tuple[str, Kind], Measure] = {}
    for symbols, votes in alike:
        for judged in classify(votes, taxonomy, on=on).votes:
            if judged.standing not in _SPEAKING or judged.sector is None:
                continue
            left_out = (judged.vote.source, judged.vote.kind)
            rest = [vote for vote in votes if (vote.source, vote.kind) != left_out]
            measure = measures.setdefault(left_out, Measure(*left_out))
            predicted = classify(rest, taxonomy, on=on).sector
            for symbol in symbols:
                measure.add(symbol, judged.sector, predicted)
    return sorted(measures.values(), key=lambda m: (-m.stocks, m.name))


def compare(name: str, actual: Mapping[str, str], predicted: Mapping[str, str | None]) -> Measure:
    """Compare given sectors, by symbol, with those that were found."""
    measure = Measure(name)
    for symbol in sorted(actual):
        measure.add(symbol, actual[symbol], predicted.get(symbol))
    return measure
