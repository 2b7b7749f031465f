"""The formats of holdings files, one module a format."""
