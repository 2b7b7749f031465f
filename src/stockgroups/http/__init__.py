"""The answers of `Database` over HTTP under `/v1`, and writes for those who have the token.

`app` makes the application, `server` runs it. It needs the extra `http`; the command `serve` alone
imports it.
"""
