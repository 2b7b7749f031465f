"""Unusual settings of a server, a database or a role."""

UNLIKELY = (
    "search_path = nowhere, public",
    "DateStyle = 'SQL, DMY'",
    "DateStyle = 'German'",
    "IntervalStyle = sql_standard",
    "TimeZone = 'Pacific/Kiritimati'",
    "client_encoding = LATIN1",
    "array_nulls = off",
    "extra_float_digits = -15",
    "bytea_output = escape",
    "xmloption = document",
    "quote_all_identifiers = on",
    "statement_timeout = '10ms'",
    "lock_timeout = 1",
    "default_transaction_isolation = serializable",
    "default_transaction_deferrable = on",
    "plan_cache_mode = force_generic_plan",
    "enable_seqscan = off",
    "enable_hashjoin = off",
    "row_security = off",
)
"""Each would change a result, end a statement or a session, or hide rows."""
