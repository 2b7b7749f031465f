"""The memberships of one environment in memory, and what keeps them up to date."""
