"""The answers of `Database` over HTTP, read only, under `/v1`.

`app` makes the application, `server` runs it. It needs the extra `http`; the command `serve` alone
imports it.
"""
