"""How Alembic reaches the database: one transaction, one upgrade at a time, bounded waiting."""

from alembic import context

from stockgroups.db.locks import ENTRIES, EVERYBODY, GROUPS, hold_tables
from stockgroups.db.migrations import SHARED_TABLES, run_file

OPENING = (
    # A person who runs the printed statements has a path of their own (see db/session.py).
    "SET LOCAL search_path = pg_catalog, pg_temp",
    # Somebody else's open transaction must not queue everybody behind an upgrade.
    "SET LOCAL lock_timeout = '15s'",
    # Notices report the changes of the shared tables.
    "SET LOCAL client_min_messages = 'notice'",
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
            run_file(context.get_context(), SHARED_TABLES)
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
        # All at once, so that no program with one of them is waited for while another is held.
        hold_tables(connection.connection.driver_connection, (*GROUPS, *ENTRIES), against=EVERYBODY)
        run_file(context.get_context(), SHARED_TABLES)
        context.run_migrations()


run()
