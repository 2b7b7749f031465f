"""The answers of `Database` as pages for people, read with any browser.

The command `serve` gives `pages.Pages` to the server, which also has the questions under `/v1`.
`views/` has the pages, which only ask the `Database`. `markup` writes them with the templates;
`address` reads addresses and makes links. This package needs the extra `http`.
"""
