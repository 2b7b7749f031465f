"""The answers of `Database` for assistants, as a few tools of the Model Context Protocol."""
