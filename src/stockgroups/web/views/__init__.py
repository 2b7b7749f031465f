"""The pages: each module asks the `Database` for the content of one kind of page."""
