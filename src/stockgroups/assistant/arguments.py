"""The arguments of the tools: their types, bounds and descriptions, and the check of a call.

A tool is a function with a `Database` and named arguments. Its signature gives its schema.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_type_hints

from pydantic import ConfigDict, Field, ValidationError, create_model

from stockgroups.assistant.shape import DEFAULT_TOKENS, FEWEST_TOKENS, MOST_TOKENS
from stockgroups.errors import UsageError
from stockgroups.text import advise_nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MOST_NAMES = 20
MOST_POSITIONS = 500
MOST_TEXTS = 500
LONGEST_NAME = 200
LONGEST_EXPRESSION = 2_000
MOST_ROWS = 100_000

Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
Expression = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST_EXPRESSION,
        description="A group, or groups and stocks combined by | (in any), & (in both), ^ (in one "
        'of two), " - " (without); filters in brackets: SPY[weight > 1%, sector = energy, country '
        "= US]; top(SPY, 10); SPY @ 2025-06-01 is SPY on a date.",
    ),
]
Day = Annotated[
    str | None,
    Field(
        max_length=20,
        description="A date (2026-07-02) or an age (30d, 2w, 1y): the newest reports by then.",
    ),
]
Since = Annotated[
    str | None,
    Field(max_length=20, description="Changes after that day: 2026-07-02, or an age (30d, 1y)."),
]
Until = Annotated[
    str | None,
    Field(max_length=20, description="Changes up to that day. Default: today."),
]
Known = Annotated[
    str | None,
    Field(
        max_length=40,
        description="Only reports recorded by that time.",
    ),
]
Public = Annotated[
    str | None,
    Field(max_length=20, description="Only reports public by that date."),
]
Stock = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST_NAME,
        description="A symbol in any spelling (BRK.B, brk/b), a former symbol (FB), an ISIN, "
        "CUSIP, SEDOL or FIGI; outside the US ticker and market: 7203.XTKS.",
    ),
]
GroupTypes = Literal["ETF", "UNIVERSE", "SECTOR", "THEME", "SEGMENT", "CUSTOM"]
AnyType = Literal[GroupTypes, "STOCK"]
Limit = Annotated[int | None, Field(ge=1, le=MOST_ROWS, description="Return at most N rows.")]
Offset = Annotated[
    int, Field(ge=0, le=MOST_ROWS, description="Rows to skip, from `next` of an answer.")
]
Tokens = Annotated[
    int,
    Field(
        ge=FEWEST_TOKENS, le=MOST_TOKENS, description="The answer's length; rows are cut to fit."
    ),
]
_PAGE = {"limit": (Limit, None), "offset": (Offset, 0), "max_tokens": (Tokens, DEFAULT_TOKENS)}
"""The arguments that all tools have."""


class Arguments:
    """The arguments of a tool, from the signature of its function."""

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        """Read the named arguments of a function, with their types and defaults."""
        hints = get_type_hints(function, localns={"Database": object}, include_extras=True)
        fields: dict[str, Any] = {
            one.name: (hints[one.name], ... if one.default is one.empty else one.default)
            for one in inspect.signature(function).parameters.values()
            if one.kind is one.KEYWORD_ONLY
        }
        fields |= _PAGE
        self.names = list(fields)
        self._model: Any = create_model(name, **fields, __config__=ConfigDict(extra="forbid"))

    def make_schema(self) -> dict[str, Any]:
        """Return the JSON schema. It is short: an assistant reads it before every conversation.

        It has no titles, because they repeat the names. It does not mention null for an optional
        argument, although null is accepted.
        """
        schema: dict[str, Any] = self._model.model_json_schema()
        schema.pop("title")
        for name, part in schema["properties"].items():
            part.pop("title", None)
            kinds = [one for one in part.pop("anyOf", ()) if one != {"type": "null"}]
            if kinds:
                part.pop("default")
                schema["properties"][name] = kinds[0] | part
        return schema

    def check(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return all arguments with defaults. Raises UsageError, which names the wrong argument."""
        try:
            checked = self._model.model_validate(dict(given))
        except ValidationError as error:
            wrong = error.errors(include_url=False, include_input=False)[0]
            raise self._explain(wrong["type"], wrong["loc"], wrong["msg"]) from None
        return dict(checked)

    def _explain(self, kind: str, path: tuple[Any, ...], message: str) -> UsageError:
        where = ".".join(map(str, path))
        names = f"the arguments are {', '.join(self.names)}"
        if kind == "extra_forbidden":
            remedy = advise_nearest(where, self.names, names, most=1)
            return UsageError(f"unknown argument {where!r}", remedy=remedy)
        if kind == "missing":
            return UsageError(f"the argument {where} is missing", remedy=names)
        return UsageError(message, where=where, remedy="see the schema of the arguments")
