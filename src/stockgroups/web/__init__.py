"""The answers of `Database` as pages for people, read with any browser.

`pages.Pages` is what the command `serve` gives to the server beside the questions under `/v1`.
`views/` has the pages: each asks the `Database` and no more. `markup` writes them with the
templates; `address` reads what is asked and makes links. It needs the extra `http`.
"""
