"""The memberships of one environment in memory, and what keeps them as the database is."""
