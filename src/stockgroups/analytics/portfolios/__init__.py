"""What funds share, and what a portfolio holds through its funds."""
