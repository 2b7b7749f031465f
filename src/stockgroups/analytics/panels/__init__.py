"""An expression on many dates, and a user's own rows joined with what it meant on each."""
