"""How Alembic reaches the database: one transaction, one upgrade at a time, bounded waiting."""

from alembic import context

OPENING = (
    # Somebody else's open transaction must not queue everybody behind an upgrade.
    "SET LOCAL lock_timeout = '15s'",
    "SELECT pg_advisory_xact_lock(hashtext('stockgroups upgrade'))",
    "CREATE SCHEMA IF NOT EXISTS stockgroups",
)


def run() -> None:
    """Upgrade over the connection that the caller put into the attributes, or print the SQL."""
    connection = context.config.attributes.get("connection")
    if connection is None:
        context.configure(
            dialect_name="postgresql",
            literal_binds=True,
            version_table_schema="stockgroups",
            transactional_ddl=True,
        )
        with context.begin_transaction():
            for statement in OPENING:
                context.execute(statement)
            context.run_migrations()
        return
    context.configure(
        connection=connection,
        version_table_schema="stockgroups",
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        for statement in OPENING:
            connection.exec_driver_sql(statement)
        context.run_migrations()


run()
