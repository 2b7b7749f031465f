"""What was in what, on any day: which snapshot counts when, and the intervals of memberships."""
