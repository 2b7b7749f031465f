"""The limits of requests. A larger request is refused, with advice on what to do instead."""

from __future__ import annotations

LONGEST_URL = 40_000
"""Bytes of path and query: an expression of 10,000 characters, each of them escaped."""
LONGEST_HEAD = 80_000
"""Bytes of a request's first line and headers, as received."""
LONGEST_HEADERS = 20_000
"""Bytes of its headers."""
HEAD_SECONDS = 10
"""The time for a connection to begin a request, and for the head of a request to arrive."""
LONGEST_TEXT = 200
"""Characters of one name."""
LONGEST_EXPRESSION = 10_000
"""Characters of an expression; the grammar has the same limit."""
LONGEST_FIELDS = 1_000
"""Characters of the names of columns."""
LONGEST_BODY = 1_000_000
"""Bytes of a posted body."""
LONGEST_CURSOR = 200
MOST_ROWS = 10_000
"""Rows of a page."""
USUAL_ROWS = 1_000
"""Rows of a page by default."""
MOST_ROWS_IN_ALL = 1_000_000
"""Rows of an answer that is sent in pages."""
MOST_WHOLE_ROWS = 100_000
"""Rows of an answer that is sent as a whole."""
MOST_FUNDS = 50
"""Groups of one overlap."""
MOST_IN_MATRIX = 1_000
"""Groups of one matrix of overlaps."""
MOST_TEXTS = 1_000
"""Texts that are resolved at once."""
MOST_POSITIONS = 1_000
"""Positions of a portfolio."""
MOST_DATES = 2_000
"""Dates of a panel."""
MOST_LOADS = 10_000

ANSWER_SECONDS = 15
"""The most time of one statement of an answer."""
BODY_SECONDS = 10
"""How long a body may take to arrive."""
WAIT_SECONDS = 5.0
"""How long a request waits for a free connection."""
CACHE_BYTES = 128_000_000
"""Bytes of cached bodies."""
MOST_ZIPPED_AT_ONCE = 50_000
"""Bytes of a body that is compressed without a thread: 1 ms."""
LEAST_ZIPPED = 1_000
"""The size of a body, in bytes, from which it is compressed."""

LONGEST_UPLOAD = 32_000_000
"""Bytes of a holdings file."""
LONGEST_FILE_NAME = 200
"""Bytes of its name."""
UPLOAD_SECONDS = 60
"""How long a file may take to arrive."""
MOST_KEPT, MOST_KEPT_BYTES, KEPT_SECONDS = 50, 256_000_000, 3_600
"""Files that are kept until their plan is applied."""
MOST_WORKERS = 2
"""Writes that run at once."""
WORK_SECONDS = 60.0
"""How long a write may take."""
WORK_CPU_SECONDS = 30
"""The most processor time of a write."""
WORK_MEMORY = 768_000_000
"""Bytes of memory that a write may use besides its initial memory."""
