-- What dated lists say of some symbols, without reading every list: the registrants of a symbol, the
-- symbols of a registrant, the screener's lists that have a symbol, and the symbols of funds. Equal
-- keys take six bytes each.
CREATE INDEX listings_symbol_cik_idx ON stockgroups.listings (symbol, cik) WHERE cik IS NOT NULL;
CREATE INDEX listings_cik_symbol_idx ON stockgroups.listings (cik, symbol)
    WHERE cik IS NOT NULL AND strpos(symbol, '.') = 0;
CREATE INDEX listings_screened_idx ON stockgroups.listings (symbol, directory_id)
    WHERE ipo_year IS NOT NULL OR sector IS NOT NULL;
CREATE INDEX listings_funds_idx ON stockgroups.listings (symbol) WHERE is_etf;
