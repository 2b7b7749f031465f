"""How right the answers are, held against sources that took no part: `python -m audit`.

It draws answers by a seed, asks witnesses about each, and writes docs/accuracy.md.
"""
