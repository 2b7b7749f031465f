"""From refs to securities: one stock is one security, with its symbols over time.

A pure function of all refs with their dates, the directories and the aliases. The order of loading
makes no difference.

`identify` goes from `evidence` to `securities` in four steps:

1. `lines` cuts the reports of a symbol where its stock may be another one; `strays` moves reports
   that lie on the wrong side of a change of symbol.
2. `joins` collects the lines of one stock in one set of `unions`, with the reasons: by `aliases`,
   by identifiers, by registers, by a ticker that continues, by ISINs (`isins`). `names` checks
   these. What the evidence leaves open becomes a question of `conflicts`.
3. `intervals` makes a stock's symbols over time, and its label, from its lines.
4. `exceptional_refs` finds the refs whose security is not the one that their symbol gives.

`components` finds the symbols that need none of this. `changes` reports what new evidence changes
in earlier answers.
"""
