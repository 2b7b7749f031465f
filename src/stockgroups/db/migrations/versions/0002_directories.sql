-- Symbol directories as their publishers print them: reference data, the same for all
-- environments, append-only.

-- One file that was read. The same file read again says nothing new; by another reader, or as the
-- directory of another date, it does. Of several readings of one file the last one counts.
CREATE TABLE stockgroups.directories (
    id serial PRIMARY KEY,
    source text NOT NULL,
    as_of date NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    file_name text NOT NULL,
    sha256 bytea NOT NULL,
    reader text NOT NULL,
    entry_count integer NOT NULL,
    receipt jsonb NOT NULL,
    CONSTRAINT directories_sha256_as_of_reader_key UNIQUE (sha256, as_of, reader)
);
-- The newest directory of a source that is not after a date.
CREATE INDEX directories_source_as_of_id_idx
    ON stockgroups.directories (source, as_of DESC, id DESC);

-- `symbol` is canonical; ticker, exchange, sector and the rest are the directory's own words, `mic`
-- the market that its code for the exchange stands for. What a directory does not say is null.
-- As for snapshots, no foreign key: the check of the key would be half of a load's time.
CREATE TABLE stockgroups.listings (
    directory_id integer NOT NULL,
    symbol varchar(50) NOT NULL,
    ticker text NOT NULL,
    name text,
    exchange text,
    mic varchar(4),
    is_etf boolean,
    is_test boolean NOT NULL,
    cik bigint,
    sector text,
    industry text,
    country text,
    ipo_year smallint,
    PRIMARY KEY (directory_id, symbol)
);
-- What all directories say of one symbol.
CREATE INDEX listings_symbol_directory_id_idx ON stockgroups.listings (symbol, directory_id);
-- Which symbols with a suffix a compact spelling may mean: BRKB is BRK.B, ABRPRD is ABR.PRD.
CREATE INDEX listings_compact_idx ON stockgroups.listings (replace(symbol, '.', ''), directory_id)
    WHERE strpos(symbol, '.') > 0;
