"""The questions of the API, by topic. Each only asks the `Database`."""

from stockgroups.http.endpoints.analyses import ANALYSES
from stockgroups.http.endpoints.endpoint import Endpoint
from stockgroups.http.endpoints.groups import GROUPS
from stockgroups.http.endpoints.record import RECORD
from stockgroups.http.endpoints.stocks import STOCKS

__all__ = ["ENDPOINTS", "Endpoint"]

ENDPOINTS: tuple[Endpoint, ...] = (*GROUPS, *STOCKS, *ANALYSES, *RECORD)
