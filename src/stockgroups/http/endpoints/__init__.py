"""The questions as HTTP asks them, by what they are about. Each asks the `Database` and no more."""

from stockgroups.http.endpoints.analyses import ANALYSES
from stockgroups.http.endpoints.endpoint import Endpoint
from stockgroups.http.endpoints.groups import GROUPS
from stockgroups.http.endpoints.record import RECORD
from stockgroups.http.endpoints.stocks import STOCKS

__all__ = ["ENDPOINTS", "Endpoint"]

ENDPOINTS: tuple[Endpoint, ...] = (*GROUPS, *STOCKS, *ANALYSES, *RECORD)
