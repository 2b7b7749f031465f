"""What the SEC publishes: lists of registrants, fails to deliver, portfolio reports."""
