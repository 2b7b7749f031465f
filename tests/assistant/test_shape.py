"""Every answer is bounded, and its pages give every row once."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from assistant.facts import count_tokens
from stockgroups.assistant.shape import (
    FEWEST_TOKENS,
    MOST_TOKENS,
    Answer,
    Table,
    write_answer,
)

texts = st.text(max_size=400)
cells = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**9), 10**9), st.floats(), texts, st.lists(texts)
)


@st.composite
def tables(draw: st.DrawFn, most: int) -> Table:
    columns = draw(st.lists(st.text(max_size=100), min_size=1, max_size=5, unique=True))
    row = st.tuples(*[cells] * len(columns))
    rows = draw(st.lists(row, max_size=most))
    return Table(columns, rows * draw(st.integers(1, 40)))


answers = st.builds(
    Answer,
    head=st.dictionaries(st.sampled_from("abcdefgh"), cells),
    table=tables(20),
    sources=st.one_of(st.just("in the rows"), tables(5)),
    coverage=st.dictionaries(st.sampled_from("ijkl"), cells),
    warnings=st.lists(texts, max_size=30),
    more=st.dictionaries(st.sampled_from(["pairs", "groups"]), tables(3)),
)


@given(answers, st.integers(FEWEST_TOKENS, MOST_TOKENS))
def test_every_answer_is_bounded_and_can_be_read_on(answer: Answer, tokens: int) -> None:
    shown = 0
    step: dict[str, Any] = {"max_tokens": tokens}
    while True:
        text = write_answer(answer, **step)
        assert count_tokens(text) <= step["max_tokens"]
        assert text.isprintable()
        body = json.loads(text)
        assert body["shown"] == len(body["rows"])
        assert body["total"] == len(answer.table.rows)
        shown += body["shown"]
        if "next" not in body:
            break
        assert body["truncated"]
        assert body["next"].items() - step.items()
        step |= body["next"]
    assert shown == len(answer.table.rows)


@given(st.integers(0, 30), st.integers(1, 30))
def test_a_limit_and_an_offset_choose_rows(offset: int, limit: int) -> None:
    rows = [[number] for number in range(20)]
    answer = Answer({}, Table(["n"], rows), "none", {})
    body = json.loads(write_answer(answer, limit=limit, offset=offset))
    assert body["rows"] == rows[offset : offset + limit]
    assert body["truncated"] is (offset + limit < 20)
    assert body.get("next") == ({"offset": offset + limit} if offset + limit < 20 else None)


def test_what_is_exact_stays_exact_and_what_is_none_is_none() -> None:
    weights = [0.0651, 1e-12, 0.123456789012, 1 / 3, -0.0, float("nan"), float("inf")]
    answer = Answer({"a": None, "b": 0}, Table(["w"], [[w] for w in weights]), "none", {"c": []})
    body = json.loads(write_answer(answer))
    told = [row[0] for row in body["rows"]]
    assert told == [0.0651, 1e-12, 0.123456789012, 0.333333333333, 0.0, None, None]
    assert (body["b"], "a" in body, body["coverage"]) == (0, False, {})
