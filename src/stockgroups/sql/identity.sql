-- What prints turn out to be: securities, and the symbols that they have had.

-- name: find_unknown_symbols
-- Symbols that no security of the environment has had on any day.
SELECT w.symbol, nextval(pg_get_serial_sequence('stockgroups.securities', 'id'))::int
FROM unnest(%(symbols)s::text[]) AS w (symbol)
WHERE NOT EXISTS (
    SELECT FROM stockgroups.security_symbols y
    WHERE y.environment = %(environment)s AND y.symbol = w.symbol
)

-- name: copy_securities
COPY stockgroups.securities (id, environment, symbol, name) FROM STDIN

-- name: copy_security_symbols
COPY stockgroups.security_symbols (
    environment, symbol, valid_from, valid_to, security_id
) FROM STDIN
