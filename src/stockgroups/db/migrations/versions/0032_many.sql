-- The members of many snapshots, by one question.
\ir ../snapshot_views.sql
