"""The database: connections, the schema and its revisions, the embedded server."""
