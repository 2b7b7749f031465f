"""Sets of stocks by a text: `(SPY & QQQ) - sector:energy @ 2025-06-01`."""
