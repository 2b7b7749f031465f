"""What people compute from memberships: expressions, panels, portfolios, an index in memory."""
