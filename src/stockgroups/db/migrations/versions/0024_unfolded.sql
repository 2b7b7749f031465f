-- Many snapshots are unfolded before they are joined; the results are the same.
\ir ../functions.sql
