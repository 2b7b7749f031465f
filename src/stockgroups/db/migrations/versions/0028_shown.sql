-- Stocks that are reported by ISIN are shown under the symbol that they had.
\ir ../functions.sql
