-- Symbol directories as published: reference data for all environments, append-only.

-- One reading of one file. The same file has another row only for another reader or another date.
-- Of several readings of one file, the last one is used.
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

-- `symbol` is canonical; ticker, exchange, sector and the other texts are the directory's own;
-- `mic` is the market of its exchange code. A value that the directory lacks is NULL. As with
-- snapshots, there is no foreign key: checking it would take half of a load's time.
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
-- All directories' entries for one symbol.
CREATE INDEX listings_symbol_directory_id_idx ON stockgroups.listings (symbol, directory_id);
-- Symbols with a suffix that a compact spelling can stand for: BRKB is BRK.B, ABRPRD is ABR.PRD.
CREATE INDEX listings_compact_idx ON stockgroups.listings (replace(symbol, '.', ''), directory_id)
    WHERE strpos(symbol, '.') > 0;
