-- A transaction that began before the members of snapshots moved is refused, not answered without them.
\ir ../snapshot_views.sql
