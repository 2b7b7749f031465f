"""Questions and answers, in both directions: what is in a group, and which groups hold a stock."""
