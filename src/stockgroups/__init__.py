"""Which stock belongs to which group: ETFs, universes, sectors and themes, in PostgreSQL."""

__version__ = "0.1.0"
