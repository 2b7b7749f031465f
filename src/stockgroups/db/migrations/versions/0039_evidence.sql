-- Which refs name a security is one function, in place of a condition in each statement.
\ir ../functions.sql
