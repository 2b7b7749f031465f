-- Dated registers: the symbols under which CUSIPs were traded, from the SEC's fails-to-deliver
-- files. Reference data for all environments, compacted to ranges of days.

CREATE TABLE stockgroups.cusip_symbols (
    cusip varchar(9) NOT NULL,
    symbol varchar(12) NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    name text,
    PRIMARY KEY (cusip, symbol, first_day),
    CHECK (first_day <= last_day)
);
CREATE INDEX cusip_symbols_symbol_idx ON stockgroups.cusip_symbols (symbol, cusip);

CREATE TABLE stockgroups.cusip_changes (
    symbol varchar(12) NOT NULL,
    cusip varchar(9) NOT NULL,
    day date NOT NULL,
    is_new boolean NOT NULL,
    PRIMARY KEY (symbol, cusip, day, is_new)
);

COMMENT ON TABLE stockgroups.cusip_symbols IS
    'A CUSIP under a symbol, from the first to the last day on which the SEC lists it so';
COMMENT ON COLUMN stockgroups.cusip_symbols.symbol IS 'Without separators, as reported: BRKB';
COMMENT ON TABLE stockgroups.cusip_changes IS
    'Announcements that a CUSIP is the new one, or was the old one, of the stock of a symbol';
