"""The migration from `cache_entries`: a leaf that only the command line imports."""
