-- Names and identifiers of a security come from the refs that reports have on its days.
\ir ../functions.sql
