-- Classes of funds: the tickers of each series, and whether a fund is an ETF, from the SEC's lists
-- of classes and the funds' yearly reports. Reference data for all environments, append-only. As
-- for listings, no foreign key.
CREATE TABLE stockgroups.fund_classes (
    directory_id integer NOT NULL,
    cik bigint NOT NULL,
    series_id varchar(10),
    class_id varchar(10),
    ticker varchar(20),
    name text,
    registrant text,
    is_etf boolean
);
CREATE INDEX fund_classes_directory_id_idx ON stockgroups.fund_classes (directory_id);
CREATE INDEX fund_classes_series_id_idx ON stockgroups.fund_classes (series_id);
CREATE INDEX fund_classes_cik_idx ON stockgroups.fund_classes (cik);

COMMENT ON TABLE stockgroups.fund_classes IS
    'A class of a fund with its ticker, as a list of classes or a yearly report (N-CEN) has it';
COMMENT ON COLUMN stockgroups.fund_classes.series_id IS
    'The SEC''s number of the fund; null for a trust that is one fund itself';
COMMENT ON COLUMN stockgroups.fund_classes.is_etf IS
    'Whether the fund is exchange traded; null where the file does not tell';
