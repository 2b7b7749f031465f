"""JSON forms: what values become, and that each key names an attribute that exists."""

from __future__ import annotations

import ast
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import pytest

import stockgroups
from stockgroups.errors import SourceError
from stockgroups.json_values import Fields, pick, to_json
from stockgroups.queries.frames import Kind, Tabular, kinds_of

SOURCE = Path(stockgroups.__file__).parent


class Part(StrEnum):
    CASH = "cash"


class Line(NamedTuple):
    day: dt.date
    part: Part


@dataclass(frozen=True, slots=True)
class Answer(Fields):
    KEYS = "name=title lines first=line.day is_empty"

    title: str
    lines: tuple[Line, ...]
    line: Line

    @property
    def is_empty(self) -> bool:
        return not self.lines


@dataclass(frozen=True, slots=True)
class Plain(Fields):
    title: str
    day: dt.date | None


@dataclass(frozen=True, slots=True)
class Outer(Fields):
    KEYS = "before=line *answer day=line?.day"

    answer: Answer
    line: Line | None


@dataclass(frozen=True, slots=True)
class Table(Tabular):
    ROWS = "answer.lines"

    answer: Answer


class Renamed:
    KEYS = "name=title day is_dated"

    title: str
    day: dt.date | None

    @property
    def is_dated(self) -> bool:
        return self.day is not None


class Holder:
    KEYS = "title=one.title flag=one.is_dated *one"

    one: Renamed


LINE = Line(dt.date(2026, 7, 2), Part.CASH)


def test_keys_are_in_the_order_that_is_named() -> None:
    line = {"day": "2026-07-02", "part": "cash"}
    found = Answer("SPY", (LINE,), LINE).to_dict()
    wanted = {"name": "SPY", "lines": [line], "first": "2026-07-02", "is_empty": False}
    assert list(found.items()) == list(wanted.items())
    assert Plain("SPY", None).to_dict() == {"title": "SPY", "day": None}


def test_keys_of_an_attribute_stand_in_its_place() -> None:
    inner = Answer("SPY", (), LINE)
    outer = Outer(inner, None)
    assert list(outer.to_dict()) == ["before", "name", "lines", "first", "is_empty", "day"]
    assert outer.to_dict() == {"before": None, **inner.to_dict(), "day": None}
    assert pick(Outer(inner, LINE), "day=line?.day") == {"day": "2026-07-02"}


def test_a_key_may_call_or_count() -> None:
    outer = Outer(Answer("SPY", (LINE,), LINE), LINE)
    assert pick(outer, "all=answer.to_dict() count=len(answer.lines)") == {
        "all": outer.answer.to_dict(),
        "count": 1,
    }


def test_rows_are_what_an_attribute_holds() -> None:
    assert Table(Answer("SPY", (LINE,), LINE)).rows() == [{"day": "2026-07-02", "part": "cash"}]


def test_columns_follow_from_annotations() -> None:
    assert kinds_of(Plain) == {"title": Kind.TEXT, "day": Kind.DATE}
    assert kinds_of(Renamed) == {"name": Kind.TEXT, "day": Kind.DATE, "is_dated": Kind.FLAG}
    found = kinds_of(Holder, one=Renamed)
    assert list(found) == ["title", "flag", "name", "day", "is_dated"]
    assert found == {"title": Kind.TEXT, "flag": Kind.FLAG, **kinds_of(Renamed)}


def test_values_become_json() -> None:
    error = SourceError("no date", where="a.csv")
    assert to_json(error) == str(error)
    assert to_json(Path("a/b")) == "a/b"
    assert to_json({Part.CASH: LINE.day}) == {"cash": "2026-07-02"}
    assert to_json([None, 1.5, True, "x"]) == [None, 1.5, True, "x"]
    moment = dt.datetime(2026, 7, 2, tzinfo=dt.UTC)
    assert to_json((moment,)) == ["2026-07-02T00:00:00+00:00"]


def _list_classes() -> Iterator[tuple[Path, ast.ClassDef]]:
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                yield path, node


def _list_attributes(node: ast.ClassDef) -> set[str]:
    fields = {
        one.target.id
        for one in node.body
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
    }
    return fields | {one.name for one in node.body if isinstance(one, ast.FunctionDef)}


def _list_line(node: ast.ClassDef, nodes: Mapping[str, ast.ClassDef]) -> Iterator[ast.ClassDef]:
    """Yield a class and all classes that it inherits."""
    yield node
    for base in node.bases:
        if isinstance(base, ast.Name) and base.id in nodes:
            yield from _list_line(nodes[base.id], nodes)


def _list_keys() -> Iterator[tuple[str, set[str], str]]:
    """Return each class with its attributes, and the keys that it takes of itself.

    The keys of a base stand once for each class that inherits them, with that one's attributes.
    """
    classes = list(_list_classes())
    nodes = {node.name: node for _, node in classes}
    lines = [(node, list(_list_line(node, nodes))) for _, node in classes]
    for path, node in classes:
        for one in ast.walk(node):
            match one:
                case ast.Assign([ast.Name("KEYS")], ast.Constant(str(keys))):
                    pass
                case ast.Call(ast.Name("pick"), [ast.Name("self"), ast.Constant(str(keys))]):
                    pass
                case _:
                    continue
            heirs = [line for heir, line in lines if node in line and heir is not node]
            for line in heirs or [[*_list_line(node, nodes)]]:
                known = {name for one in line for name in _list_attributes(one)}
                yield f"{path.name} {line[0].name}", known, keys


def test_keys_name_attributes() -> None:
    found = list(_list_keys())
    assert len(found) > 30
    for place, own, keys in found:
        for key in keys.split():
            path = key.partition("=")[2] or key
            attribute = path.removeprefix("len(").partition(".")[0].strip("*?()")
            assert attribute in own, (place, key)


def test_an_unknown_attribute_is_a_fault() -> None:
    with pytest.raises(AttributeError):
        pick(LINE, "day nothing")
