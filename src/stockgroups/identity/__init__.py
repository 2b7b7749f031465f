"""From refs to securities: one stock is one security, with its symbols over time.

A pure function of all refs with their dates, the directories and the aliases. The order in which
they were loaded makes no difference.

`identify` goes from `evidence` to `securities` in four steps:

1. `lines` cuts the reports of a symbol where its stock may be another one; `strays` moves reports
   that stand on the wrong side of a change of symbol.
2. `joins` makes the lines of one stock one set of `unions`, with the reasons: by `aliases`, by
   identifiers, by registers, by a ticker that goes on, by ISINs (`isins`). `names` checks these.
   What the evidence leaves open is a question of `conflicts`.
3. `intervals` makes a stock's symbols over time of its lines, and its label.
4. `exceptional_refs` finds the refs that are another security than their symbol tells.

`components` finds the symbols that need none of this. `changes` tells what new evidence changes in
earlier answers.
"""
