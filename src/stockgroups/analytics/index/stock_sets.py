"""Sets of stocks as bits of one number: combined in a microsecond, whatever their size."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import compress
from typing import Any, TypeVar

from stockgroups.errors import SymbolError
from stockgroups.symbols import is_canonical, is_label, list_spellings, parse_symbol

_T = TypeVar("_T")
_AS_BYTES = bytes.maketrans(b"01", b"\0\1")


class Numbers(dict[str, int]):
    """The number of each text that names a stock in a row. A text that is new gets one.

    Other programs spell a symbol in their own way: `BRK/B` has the number of `BRK.B`.

    Attributes:
        symbols: The canonical symbols by number; a text that follows no grammar as it stands.
        spelled: The texts that are no canonical symbol.
        respelled: Those of them that stand for another text, which is their symbol.
    """

    def __init__(self, known: Numbers | None = None) -> None:
        """Begin with what others know."""
        super().__init__(known or {})
        self.symbols: list[str] = [*known.symbols] if known else []
        self.spelled: set[str] = {*known.spelled} if known else set()
        self.respelled: set[str] = {*known.respelled} if known else set()

    def __missing__(self, text: str) -> int:
        symbol = text
        if not (is_canonical(text) or is_label(text)):
            self.spelled.add(text)
            with suppress(SymbolError):
                symbol = parse_symbol(text, {})
            if text not in list_spellings(symbol):
                symbol = text  # a look-up of the symbol does not find this text
        if symbol == text:
            number = len(self.symbols)
            self.symbols.append(text)
        else:
            self.respelled.add(text)
            number = self[symbol]
        self[text] = number
        return number


@dataclass(frozen=True, slots=True, eq=False)
class StockSet(AbstractSet[str]):
    """A set of stocks, by their canonical symbols. It has the operators of Python's sets.

    Two sets of one index are combined without a look at their stocks. With any other set the
    result is a frozenset.
    """

    bits: int
    numbers: Numbers = field(repr=False)

    def __contains__(self, symbol: object) -> bool:
        number = self.numbers.get(symbol) if isinstance(symbol, str) else None
        return number is not None and bool(self.bits >> number & 1)

    def __iter__(self) -> Iterator[str]:
        marks = bin(self.bits)[:1:-1].encode().translate(_AS_BYTES)
        return compress(self.numbers.symbols, marks)

    def __len__(self) -> int:
        return self.bits.bit_count()

    def __and__(self, other: AbstractSet[object]) -> AbstractSet[str]:
        combined: AbstractSet[str] = self._combine(other, operator.and_)
        return combined

    def __or__(self, other: AbstractSet[_T]) -> AbstractSet[str | _T]:
        combined: AbstractSet[str | _T] = self._combine(other, operator.or_)
        return combined

    def __xor__(self, other: AbstractSet[_T]) -> AbstractSet[str | _T]:
        combined: AbstractSet[str | _T] = self._combine(other, operator.xor)
        return combined

    def __sub__(self, other: AbstractSet[object]) -> AbstractSet[str]:
        return self ^ (self & other)

    def __rsub__(self, other: AbstractSet[_T]) -> AbstractSet[_T]:
        return frozenset(other).difference(self)

    # The abstract class has these as its own operators, which make a set of this class.
    __rand__ = __and__
    __ror__ = __or__
    __rxor__ = __xor__

    def _combine(self, other: AbstractSet[Any], combine: Callable[[Any, Any], Any]) -> Any:
        if isinstance(other, StockSet) and other.numbers is self.numbers:
            return StockSet(combine(self.bits, other.bits), self.numbers)
        return combine(frozenset(self), frozenset(other))
