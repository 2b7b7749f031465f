"""Expressions as texts and trees, and their evaluation on sets in memory."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockgroups.analytics.expressions.evaluate import Evaluator, Group, Selection
from stockgroups.analytics.expressions.grammar import (
    COUNTS,
    DEEPEST,
    LONGEST,
    MOST_TERMS,
    TEXTS,
    parse,
)
from stockgroups.analytics.expressions.tree import (
    OPERATORS,
    TYPES,
    Combined,
    Condition,
    Dated,
    Filtered,
    Node,
    Term,
    Top,
    When,
    list_terms,
)
from stockgroups.errors import UsageError
from stockgroups.text import point_at

NAMES = st.one_of(
    st.sampled_from(["SPY", "BRK.B", "NOVO-B.XCSE", "top", "sector", "and", "005930 KS", 'a"\\b']),
    st.text(min_size=1, max_size=8).filter(str.strip),
)
TERMS = st.builds(Term, NAMES, st.sampled_from([None, *TYPES]))
KNOWN = "2026-07-02T18:00:00+00:00"
DATES = st.builds(
    When,
    st.sampled_from([None, "2025-06-01", "30d"]),
    st.sampled_from([None, KNOWN]),
    st.sampled_from([None, "1d"]),
).filter(any)


def conditions() -> st.SearchStrategy[Condition]:
    return st.one_of(
        st.builds(Condition, st.sampled_from(TEXTS), st.sampled_from(["=", "!="]), NAMES),
        st.builds(
            Condition,
            st.just("weight"),
            st.sampled_from(["<", "<=", "=", "!=", ">", ">="]),
            st.decimals(-9, 9, places=4),
        ),
        st.builds(
            Condition,
            st.sampled_from(COUNTS),
            st.sampled_from([">=", "="]),
            st.integers(0, 99).map(Decimal),
        ),
    )


def is_datable(dated: Dated) -> bool:
    """Tell whether each word of a moment says something of a term that has none."""
    own = [when or When() for _, when in list_terms(dated.part)]
    return all(
        said is None or any(one[at] is None for one in own) for at, said in enumerate(dated.when)
    )


TREES: st.SearchStrategy[Node] = st.recursive(
    TERMS,
    lambda nodes: st.one_of(
        st.builds(
            Combined,
            st.sampled_from(OPERATORS),
            st.lists(nodes, min_size=2, max_size=3).map(tuple),
        ),
        st.builds(Filtered, nodes, st.lists(conditions(), min_size=1, max_size=2).map(tuple)),
        st.builds(Top, nodes, st.integers(1, 500), st.booleans()),
        st.builds(Dated, nodes, DATES).filter(is_datable),
    ),
    max_leaves=8,
)


@given(TREES)
def test_what_is_printed_is_the_same_tree(tree: Node) -> None:
    assert parse(str(tree)) == tree
    assert str(parse(str(tree))) == str(tree)


@given(st.text(alphabet="AB|&-^()[]@,:=<>!%\"' .1", max_size=40))
def test_any_text_is_parsed_or_refused_at_a_column(text: str) -> None:
    try:
        tree = parse(text)
    except UsageError as error:
        column = error.to_dict()["column"]
    else:
        column = 1
        assert parse(str(tree)) == tree
    assert 1 <= column <= len(text) + 1


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("ETF:spy", "etf:spy"),
        ("SPY:nasdaq100", "SPY | nasdaq100"),
        ("A:B & C", "(A | B) & C"),
        ("A | B ^ C & D - E", "A | B ^ C & D - E"),
        ("((A | B) ^ C) & D", "((A | B) ^ C) & D"),
        ("A-B", "A-B"),
        ("A -B", "A - B"),
        ("A- B", "A - B"),
        ("(A)-B-C", "A - B-C"),
        ("stock:NASDAQ:AAPL", 'stock:"NASDAQ:AAPL"'),
        ("industry:'Regional Banks'", 'industry:"Regional Banks"'),
        (
            "SPY[weight>.01][ETFS>=3 and Sector == energy]",
            "SPY[weight > 1%, etfs >= 3, sector = energy]",
        ),
        ("Top(A, 5) | bottom(A|B, 2)", "top(A, 5) | bottom(A | B, 2)"),
        ("A & B @ 30d", "A & B @ 30d"),
        ("(A & B @ 30d) - C", "(A & B @ 30d) - C"),
        ("A @ 30d - B", "(A @ 30d) - B"),
        ("A @ 30d[weight > 0]", "(A @ 30d)[weight > 0%]"),
        ("A & B @ 90d Published_By 30d", "A & B @ 90d published_by 30d"),
        ("(A @ 90d published_by 30d) & B", "(A @ 90d published_by 30d) & B"),
        ("A @ 90d published_by 30d - B", "(A @ 90d published_by 30d) - B"),
        ("published_by - A", "published_by - A"),
        ("known_at & A published_by 30d", "known_at & A published_by 30d"),
        ("A known_at 2026-07-02T18:00", f"A known_at {KNOWN}"),
        ("A KNOWN_AT 2026-07-02 18:00 - B", f"(A known_at {KNOWN}) - B"),
        (
            "A published_by 1d known_at 2026-07-02T20:00:00+02:00 @ 30d",
            "A @ 30d known_at 2026-07-02T20:00:00+02:00 published_by 1d",
        ),
        ("A known_at 2026-07-02", "A known_at 2026-07-02T00:00:00+00:00"),
    ],
)
def test_spellings(text: str, canonical: str) -> None:
    assert str(parse(text)) == canonical


def test_a_date_at_the_end_is_that_of_all_names_without_one() -> None:
    def dates(text: str) -> dict[str, str | None]:
        return {term.name: when and str(when) for term, when in list_terms(parse(text))}

    assert dates("A & (B known_at 2026-07-02) - (C @ 1y) @ 30d") == {
        "A": "@ 30d",
        "B": "@ 30d known_at 2026-07-02T00:00:00+00:00",
        "C": "@ 1y",
    }
    assert dates("(A @ 1y) | B published_by 30d") == {
        "A": "@ 1y published_by 30d",
        "B": "published_by 30d",
    }
    assert dates("(A & B) - C @ 30d") == dict.fromkeys("ABC", "@ 30d")
    assert dates("((A & B) - C @ 30d)") == dict.fromkeys("ABC", "@ 30d")
    assert dates("A & (B @ 1y) - C @ 30d") == {"A": "@ 30d", "B": "@ 1y", "C": "@ 30d"}
    public = "@ 1y published_by 30d"
    assert dates(f"A & B {public} - C") == {"A": None, "B": public, "C": None}
    assert dates(f"(A & B) - C {public}") == {"A": public, "B": public, "C": public}
    assert dates("A & B @ 1y - C") == {"A": None, "B": "@ 1y", "C": None}
    assert dates("(A | B) @ 1y - C") == {"A": "@ 1y", "B": "@ 1y", "C": None}
    assert dates("top(A | B @ 1y, 5) | C") == {"A": "@ 1y", "B": "@ 1y", "C": None}


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("", 1, "expected a name"),
        ("SPY |", 6, "found the end"),
        ("SPY & & QQQ", 7, "expected a name"),
        ("(SPY", 5, "')'"),
        ("SPY)", 4, "no operand"),
        ("SPY QQQ", 5, "expected an operator"),
        ("SPY + QQQ", 5, "expected an operator"),
        ("SPY {", 5, "unexpected"),
        ("SPY & 'QQQ", 7, "not closed"),
        ("''", 1, "without letters"),
        ("SPY:theme:x", 5, "is a type"),
        ("etf:SPY:QQQ", 8, "one name"),
        ("etf:", 5, "expected a name"),
        ("SPY[]", 5, "one of weight"),
        ("SPY[wieght > 1%]", 5, "nearest: weight"),
        ("SPY[weight > 5]", 14, "500 %"),
        ("SPY[weight > x]", 14, "expected a number"),
        ("SPY[groups > 1.5]", 14, "whole number"),
        ("SPY[sector > energy]", 12, "compared with = or !="),
        ("SPY[sector energy]", 12, "expected one of ="),
        ("SPY[weight > 1%", 16, "']'"),
        ("top(SPY)", 8, "a number"),
        ("top(SPY, 0)", 10, "above 0"),
        ("most(SPY, 5)", 1, "unknown function"),
        ("SPY @ soon", 7, "not a date"),
        ("SPY @", 6, "expected a date"),
        ("SPY @ 30d published_by", 23, "expected a date"),
        ("SPY @ 30d published_by x", 24, "not a date"),
        ("SPY published_by soon", 18, "not a date"),
        ("SPY known_at", 13, "expected a time"),
        ("SPY known_at 30d", 14, "not a time"),
        ("SPY known_at 2026-07-02T25:00", 14, "not a time"),
        ("SPY @ 2026-07-02T18:00", 7, "not a date"),
        ("SPY @ 30d @ 1y", 11, "more than one date"),
        ("(A published_by 1d) & (B published_by 2d) published_by 3d", 43, "its own published_by"),
        ("(SPY @ 30d) @ 1y", 13, "its own date"),
        ("(" * (DEEPEST + 1) + "SPY", DEEPEST + 1, "parentheses"),
        ("|".join(["A"] * (MOST_TERMS + 1)), 2 * MOST_TERMS + 1, "names"),
        ("A" * (LONGEST + 1), LONGEST + 1, "characters"),
    ],
)
def test_what_is_wrong_is_said_with_its_column(text: str, column: int, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert caught.value.column == column
    assert words in str(caught.value)


def test_the_column_is_shown_in_a_long_text() -> None:
    text = "A | " * 60 + "& B" + " | C" * 60
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert caught.value.column == 241
    line, caret = point_at(text, 241)
    assert line[caret.index("^")] == "&"
    assert len(line) < 72
    assert point_at("A |", 4) == ("A |", "   ^")


# Groups in memory, whose members and weights can be checked by eye.
FUNDS: Mapping[str, Mapping[str, float | None]] = MappingProxyType(
    {
        "A": {"x": 0.5, "y": 0.3, "z": 0.2},
        "B": {"y": 0.6, "z": None, "w": 0.1},
        "U": {"x": None, "z": None, "v": None},
    }
)


class Sets:
    """A source of groups in memory."""

    def __init__(self) -> None:
        self.groups: dict[str, Group] = {}

    def load(self, term: Term, when: When | None) -> Group:
        def make(name: str) -> Group:
            if term.kind == "stock":
                return Group(f"stock:{name}", "stock", name, frozenset([name]))
            weights = FUNDS[name]
            has_weights = any(weight is not None for weight in weights.values())
            return Group(name, "etf", name, frozenset(weights), weights if has_weights else None)

        label = f"{term}{when or ''}"
        return self.groups.setdefault(label, make(term.name))

    def match(
        self, condition: Condition, symbols: object, groups: list[Group]
    ) -> tuple[set[str], set[str]]:
        return {"x"}, {"x", "y"}

    def count_etfs(self, symbols: object, groups: list[Group]) -> dict[str, int]:
        return {"x": 3, "y": 2}


def select(text: str) -> tuple[Selection, Evaluator]:
    evaluator = Evaluator(Sets(), text)
    return evaluator.select(parse(text)), evaluator


def weigh(text: str) -> dict[str, float | None]:
    selection, _ = select(text)
    return {symbol: (selection.weights or {}).get(symbol) for symbol in sorted(selection.symbols)}


@given(st.data())
def test_sets_are_those_of_python(data: st.DataObject) -> None:
    def draw(depth: int) -> str:
        if depth == 0 or data.draw(st.booleans()):
            return data.draw(st.sampled_from(["A", "B", "U"]))
        parts = [draw(depth - 1) for _ in range(data.draw(st.integers(2, 3)))]
        signs = [data.draw(st.sampled_from(OPERATORS)) for _ in parts]
        joined = "".join(f" {sign} {part}" for sign, part in zip(signs, parts, strict=True))[3:]
        return f"({joined})" if data.draw(st.booleans()) else joined

    text = draw(3)
    selection, _ = select(text)
    assert selection.symbols == eval(text, {name: set(FUNDS[name]) for name in FUNDS})
    for symbol in selection.symbols:
        assert all(symbol in group.symbols for group in selection.bring(symbol))
        assert any(selection.bring(symbol))


def test_weights_are_kept_where_they_have_a_meaning() -> None:
    assert weigh("A") == {"x": 0.5, "y": 0.3, "z": 0.2}
    assert weigh("A - B") == {"x": 0.5}
    assert weigh("A & U") == weigh("U & A") == {"x": 0.5, "z": 0.2}
    assert weigh("A & B") == {"y": None, "z": None}
    assert weigh("(A & B) & A") == {"y": None, "z": None}
    assert weigh("A | U")["x"] is None
    assert weigh("A[weight > 30%] | A[weight < 25%]") == {"x": 0.5, "z": 0.2}
    assert weigh("U - B") == {"v": None, "x": None}


def test_filters() -> None:
    assert weigh("A[weight >= 30%]") == {"x": 0.5, "y": 0.3}
    assert weigh("A[weight >= 30%, weight < 50%]") == {"y": 0.3}
    assert weigh("(A | B | U | stock:x)[groups = 2]").keys() == {"x", "y"}
    assert weigh("(A | B)[etfs >= 2]").keys() == {"x", "y"}
    assert weigh("(A | B)[etfs = 0]").keys() == {"z", "w"}
    assert weigh("A[sector = energy]") == {"x": 0.5}
    assert weigh("A[sector != energy]") == {"y": 0.3}
    assert weigh("top(A, 2)") == {"x": 0.5, "y": 0.3}
    assert weigh("bottom(A, 1)") == {"z": 0.2}
    for text, warning in (
        ("top(B, 9)", "1 stock of B without a known weight"),
        ("A[sector != energy]", "1 stock of A without a known sector"),
    ):
        assert select(text)[1].warnings == [warning]


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("A | top(U, 5)", 5, "U has no weights"),
        ("A & U[weight > 1%]", 7, "U has no weights"),
        ("(A & B)[weight > 1%]", 9, "no common one"),
        ("top(A | B, 5)", 1, "no common one"),
    ],
)
def test_weights_that_are_not_there_are_no_empty_answer(text: str, column: int, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        select(text)
    assert caught.value.column == column


def test_who_brought_a_stock() -> None:
    def bring(text: str, symbol: str) -> list[str]:
        return [group.label for group in select(text)[0].bring(symbol)]

    assert bring("A | B", "y") == ["A", "B"]
    assert bring("A & B", "y") == ["A", "B"]
    assert bring("A - B", "x") == ["A"]
    assert bring("A ^ B", "x") == ["A"]
    assert bring("A[weight > 40%] | B", "y") == ["B"]
    assert bring("(A - B) | U", "z") == ["U"]
    assert bring("top(A, 1) | U", "x") == ["A", "U"]
