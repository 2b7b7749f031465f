"""The speed bars, measured as ratios in one run: `python -m benchmarks`. See docs/speed.md."""
