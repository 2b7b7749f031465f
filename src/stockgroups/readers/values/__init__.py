"""From cells to values: numbers, dates, texts, columns."""
