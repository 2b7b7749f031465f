-- A ref's fingerprint is a hash of what its source reported, and nothing derived. The symbol is a
-- separate part of the key: where a source gives no market, the symbol depends on the rest of the
-- file (MC in Paris, MC in New York).
ALTER TABLE stockgroups.refs DROP CONSTRAINT refs_fingerprint_environment_key;

UPDATE stockgroups.refs
SET fingerprint = CAST(encode(substr(sha256(convert_to(
    concat(ticker, chr(31), name, chr(31), cusip, chr(31), isin, chr(31), sedol, chr(31), figi,
           chr(31), exchange, chr(31), country, chr(31), currency), 'UTF8')), 1, 16), 'hex') AS uuid);

ALTER TABLE stockgroups.refs ADD CONSTRAINT refs_fingerprint_environment_symbol_key
    UNIQUE NULLS NOT DISTINCT (fingerprint, environment, symbol);

COMMENT ON COLUMN stockgroups.refs.fingerprint IS
    'Hash of what the source reported, without the symbol, which is derived from it';
