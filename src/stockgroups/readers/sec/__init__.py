"""Files of the SEC: lists of registrants, fails to deliver, portfolio reports."""
