"""Reports: several answers as one value, and that value as Markdown or an HTML page."""

from stockgroups.reports.markdown import write_markdown
from stockgroups.reports.page import write_page
from stockgroups.reports.report import Report, read_report

__all__ = ["Report", "read_report", "write_markdown", "write_page"]
