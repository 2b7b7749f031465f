"""Dataclasses whose JSON form has their fields under the same names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from pathlib import Path
from typing import Any, cast


class Fields:
    """A mixin that gives a dataclass its JSON form."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON values: dates as ISO texts, enumerations by their values."""
        own = fields(cast("Any", self))
        return {field.name: _to_json(getattr(self, field.name)) for field in own}


def _to_json(value: Any) -> Any:
    if hasattr(value, "to_dict"):
        return value.to_dict()
    match value:
        case Enum():
            return value.value
        case dt.date():
            return value.isoformat()
        case Path():
            return str(value)
        case tuple() | list():
            return [_to_json(one) for one in value]
        case Mapping():
            return dict(value)
    return value
