"""The answers of `Database` for assistants: a few tools over the Model Context Protocol."""
