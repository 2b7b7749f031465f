"""Computations on memberships: expressions, panels, portfolios, an index in memory."""
