"""From a text to a tree. Pure: it knows no database and no names.

    expression   = union [ when ]                a moment at the end holds for all of it
    union        = xor  { "|" xor }
    xor          = both { "^" both }
    both         = less { "&" less }
    less         = part { "-" part }
    part         = primary { "[" condition { ("," | "and") condition } "]" | when }
    when         = bound { bound }               each once
    bound        = "@" date | "known_at" time | "published_by" date
    primary      = "(" expression ")" | ("top" | "bottom") "(" expression "," count ")"
                 | type ":" name | name { ":" name }       `A:B` is the older spelling of `A | B`
    condition    = attribute comparison value

A recursive descent: it starts in a fraction of the time that a parser generator takes to import,
and says in its own words what it expected.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from stockgroups.analytics.expressions.tree import (
    KNOWN_AT,
    OPERATORS,
    PUBLISHED_BY,
    STOCK,
    TYPES,
    WORD,
    Combined,
    Condition,
    Dated,
    Filtered,
    Term,
    Top,
    When,
    list_terms,
)
from stockgroups.errors import UsageError
from stockgroups.text import advise_nearest
from stockgroups.times import read_date, read_time

if TYPE_CHECKING:
    from stockgroups.analytics.expressions.tree import Node

LONGEST = 10_000
"""Characters of an expression."""
MOST_TERMS = 500
DEEPEST = 32
"""Parentheses within parentheses; a common expression language promises as many."""
TEXTS = ("sector", "industry", "country", "currency")
COUNTS = ("groups", "etfs")
ATTRIBUTES = ("weight", *TEXTS, *COUNTS)
_COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,12})?|\.\d{1,12}")
_TIME = r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:[Zz]|[+-]\d\d:\d\d)?"
_BOUNDS = {"@": "date", KNOWN_AT: KNOWN_AT, PUBLISHED_BY: PUBLISHED_BY}
"""The words that begin a part of a moment, with the field of `When` that each sets."""
_TOKENS = re.compile(
    rf"""\s+|(?P<word>{_TIME}|{WORD.pattern})|(?P<sign>[<>!=]=|[|&^()\[\],@:=<>%-])"""
    r"""|(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<other>.)""",
    re.DOTALL,
)
_END = "end"


class _Token(NamedTuple):
    """A piece of the text. `kind` is "word", "string", "end", or the sign itself."""

    kind: str
    text: str
    column: int

    def __str__(self) -> str:
        return "the end" if self.kind == _END else repr(self.text)


def parse(text: str) -> Node:
    """Return the tree of an expression. Raises UsageError with the column of what is wrong."""
    if len(text) > LONGEST:
        error = UsageError(
            f"an expression has at most {LONGEST:,} characters; this one has {len(text):,}"
        )
        raise error.at(text, LONGEST + 1)
    return _Parser(text).parse()


class _Parser:
    """A parser of one text: the tokens, and how far they are read."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(self._read_tokens())
        self._at = 0
        self._depth = 0
        self._terms = 0

    def parse(self) -> Node:
        node = self._parse_expression()
        if self._next.kind != _END:
            self._fail(self._advise_operator())
        return node

    def _read_tokens(self) -> list[_Token]:
        tokens = []
        for found in _TOKENS.finditer(self._text):
            column, text = found.start() + 1, found[0]
            kind = found.lastgroup
            if kind == "word":
                tokens.append(_Token("word", text, column))
            elif kind == "sign":
                tokens.append(_Token("=" if text == "==" else text, text, column))
            elif kind == "string":
                inner = re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)
                tokens.append(_Token("string", inner, column))
            elif kind == "other":
                what = "a quote is not closed" if text in "\"'" else f"unexpected {text!r}"
                raise UsageError(what, remedy="see `stockgroups members --help`").at(
                    self._text, column
                )
        return [*tokens, _Token(_END, "", len(self._text) + 1)]

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._next
        self._at += token.kind != _END
        return token

    def _expect(self, kind: str, what: str) -> _Token:
        if self._next.kind != kind:
            self._fail(f"expected {what}, found {self._next}")
        return self._take()

    def _fail(self, what: str, at: _Token | None = None, remedy: str | None = None) -> NoReturn:
        raise UsageError(what, remedy=remedy).at(self._text, (at or self._next).column)

    def _advise_operator(self) -> str:
        if self._next.kind in ("word", "string"):
            return f"expected an operator before {self._next}: one of {' '.join(OPERATORS)}"
        return f"{self._next} has no operand"

    def _parse_expression(self) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            self._fail(f"parentheses nested more than {DEEPEST} deep")
        node = self._parse_operators(0)
        if self._is_bound():
            node = self._parse_when(node)
        self._depth -= 1
        return node

    def _parse_operators(self, level: int) -> Node:
        """Return the parts between operators that bind as tightly as this level, or tighter."""
        if level == len(OPERATORS):
            return self._parse_part()
        parts = [self._parse_operators(level + 1)]
        while self._next.kind == OPERATORS[level]:
            self._take()
            parts.append(self._parse_operators(level + 1))
        return parts[0] if len(parts) == 1 else Combined(OPERATORS[level], tuple(parts))

    def _parse_part(self) -> Node:
        node = self._parse_primary()
        conditions: list[Condition] = []
        while self._next.kind == "[" or (self._is_bound() and not self._ends_with_bound()):
            if self._next.kind == "[":
                conditions += self._parse_conditions()
                continue
            if conditions:
                node, conditions = Filtered(node, tuple(conditions)), []
            node = self._parse_when(node)
        return Filtered(node, tuple(conditions)) if conditions else node

    def _is_bound(self, at: int | None = None) -> bool:
        """Return whether a part of a moment begins at a token; None: at the next one."""
        token = self._tokens[self._at if at is None else at]
        return token.kind == "@" or (token.kind == "word" and token.text.lower() in _BOUNDS)

    def _ends_with_bound(self) -> bool:
        """Return whether the next moment is at the end of its expression, so that it is for all."""
        at = self._at
        while self._is_bound(at):
            at = min(at + 2, len(self._tokens) - 1)
        return self._tokens[at].kind in (_END, ")", ",")

    def _parse_when(self, node: Node) -> Dated:
        when = When()
        while self._is_bound():
            sign = self._take()
            field = _BOUNDS[sign.text.lower()]
            if getattr(when, field) is not None:
                self._fail(f"more than one {field}", sign)
            if all(getattr(own, field, None) for _, own in list_terms(node)):
                self._fail(f"every name before it already has its own {field}", sign)
            value = self._read_time() if field == KNOWN_AT else self._read_date()
            when = when._replace(**{field: value})
        return Dated(node, when)

    def _read_date(self) -> str:
        token = self._expect("word", "a date such as 2025-06-01, or 30d")
        try:
            read_date(token.text, "@")
        except UsageError as error:
            self._fail(error.what, token, error.remedy)
        return token.text

    def _read_time(self) -> str:
        """Return a time with its zone, as it then stands for itself."""
        token = self._expect("word", "a time such as 2026-07-02T18:00")
        try:
            return read_time(token.text, KNOWN_AT).isoformat()
        except UsageError as error:
            self._fail(error.what, token, error.remedy)

    def _parse_primary(self) -> Node:
        token = self._next
        if token.kind == "(":
            self._take()
            node = self._parse_expression()
            self._expect(")", "an operator or ')'")
            return node
        if token.kind == "word" and self._tokens[self._at + 1].kind == "(":
            if token.text.lower() not in ("top", "bottom"):
                self._fail(f"unknown function {token}", remedy="use top(…, 50) or bottom(…, 50)")
            return self._parse_top(lightest=token.text.lower() == "bottom")
        if token.kind not in ("word", "string"):
            self._fail(f"expected a name or '(', found {token}")
        return self._parse_name()

    def _parse_top(self, *, lightest: bool) -> Top:
        function = self._take()
        self._take()
        node = self._parse_expression()
        self._expect(",", f"',' and a number, as in {function.text}(SPY, 50)")
        token = self._expect("word", "a whole number")
        count = int(token.text) if token.text.isascii() and token.text.isdecimal() else 0
        if not 0 < count < 10**9:
            self._fail(f"expected a whole number above 0, found {token}", token)
        self._expect(")", "')'")
        return Top(node, count, lightest, function.column)

    def _parse_name(self) -> Node:
        """Return `type:name`, a name, or the names of `A:B` as a union."""
        first = self._take()
        kind = first.text.lower()
        if first.kind == "word" and kind in TYPES and self._next.kind == ":":
            self._take()
            name = self._take_name()
            while kind == STOCK and self._next.kind == ":":  # stock:NASDAQ:AAPL
                self._take()
                name = name._replace(text=f"{name.text}:{self._take_name().text}")
            if self._next.kind == ":":
                self._fail("a type takes one name", remedy="write A | B for two groups")
            return self._make_term(name, kind, first.column)
        names = [first]
        while self._next.kind == ":":
            self._take()
            names.append(self._take_name())
            if names[-1].text.lower() in TYPES and self._next.kind == ":":
                self._fail(f"{names[-1]} is a type", names[-1], "write A | type:B")
        terms = tuple(self._make_term(name, None, name.column) for name in names)
        return terms[0] if len(terms) == 1 else Combined("|", terms)

    def _take_name(self) -> _Token:
        if self._next.kind not in ("word", "string"):
            self._fail(f"expected a name, found {self._next}")
        return self._take()

    def _make_term(self, token: _Token, kind: str | None, column: int) -> Term:
        if not token.text.strip():
            self._fail("a name without letters", token)
        self._terms += 1
        if self._terms > MOST_TERMS:
            self._fail(f"more than {MOST_TERMS} names", token)
        return Term(token.text, kind, column)

    def _parse_conditions(self) -> list[Condition]:
        self._take()
        conditions = [self._parse_condition()]
        while self._next.kind == "," or self._next.text.lower() == "and":
            self._take()
            conditions.append(self._parse_condition())
        self._expect("]", "',' or ']'")
        return conditions

    def _parse_condition(self) -> Condition:
        token = self._expect("word", f"one of {', '.join(ATTRIBUTES)}")
        attribute = token.text.lower()
        if attribute not in ATTRIBUTES:
            self._fail(
                f"unknown attribute {token.text!r}",
                token,
                advise_nearest(attribute, ATTRIBUTES, f"use one of {', '.join(ATTRIBUTES)}"),
            )
        comparison = self._take()
        if comparison.kind not in _COMPARISONS:
            self._fail(f"expected one of {' '.join(_COMPARISONS)}, found {comparison}", comparison)
        if attribute not in TEXTS:
            value: str | Decimal = self._parse_number(attribute)
        elif comparison.kind in ("=", "!="):
            value = self._take_name().text
        else:
            self._fail(f"a {attribute} is compared with = or !=", comparison)
        return Condition(attribute, comparison.kind, value, token.column)

    def _parse_number(self, attribute: str) -> Decimal:
        """Return a weight as a fraction, or a count."""
        token = self._next
        sign = -1 if token.kind == "-" else 1
        if sign < 0:
            self._take()
        word = self._take()
        if word.kind != "word" or not _NUMBER.fullmatch(word.text):
            self._fail(f"expected a number, found {word}", word)
        value = sign * Decimal(word.text)
        if attribute in COUNTS:
            if value != int(value):
                self._fail("expected a whole number", token)
            return value
        if self._next.kind == "%":
            self._take()
            return value / 100
        if abs(value) > 1:
            self._fail(
                f"a weight of {value} is {value * 100} %", token, f"write {value}% for {value} %"
            )
        return value
