-- The fingerprint of a ref is a hash of what its source reported, and of nothing that is derived from
-- it: the symbol stands beside it in the key. (In sources without a market of their own the symbol
-- depends on what else the file says: MC in Paris, MC in New York.)
ALTER TABLE stockgroups.refs DROP CONSTRAINT refs_fingerprint_environment_key;

UPDATE stockgroups.refs
SET fingerprint = CAST(encode(substr(sha256(convert_to(
    concat(ticker, chr(31), name, chr(31), cusip, chr(31), isin, chr(31), sedol, chr(31), figi,
           chr(31), exchange, chr(31), country, chr(31), currency), 'UTF8')), 1, 16), 'hex') AS uuid);

ALTER TABLE stockgroups.refs ADD CONSTRAINT refs_fingerprint_environment_symbol_key
    UNIQUE NULLS NOT DISTINCT (fingerprint, environment, symbol);

COMMENT ON COLUMN stockgroups.refs.fingerprint IS
    'Hash of what the source reported, without the symbol, which is derived from it';
