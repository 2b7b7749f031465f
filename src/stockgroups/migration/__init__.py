"""Going over from `cache_entries`: a leaf that nothing but the command line imports."""
