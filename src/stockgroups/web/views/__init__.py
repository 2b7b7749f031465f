"""The pages: each module asks the `Database` for what one kind of page shows."""
