"""Reports: answers put together into one value, and that value as a text or a page to read."""

from stockgroups.reports.markdown import write_markdown
from stockgroups.reports.page import write_page
from stockgroups.reports.report import FundDetail, Report, read_report

__all__ = ["FundDetail", "Report", "read_report", "write_markdown", "write_page"]
