-- Find refs by each identifier. The CUSIP inside a US or Canadian ISIN is indexed only if the ref
-- does not report the same CUSIP, which most do.
CREATE INDEX refs_cusip_idx ON stockgroups.refs (cusip) WHERE cusip IS NOT NULL;
CREATE INDEX refs_isin_idx ON stockgroups.refs (isin) WHERE isin IS NOT NULL;
CREATE INDEX refs_isin_cusip_idx ON stockgroups.refs (substr(isin, 3, 9))
    WHERE left(isin, 2) IN ('US', 'CA') AND cusip IS DISTINCT FROM substr(isin, 3, 9);
CREATE INDEX refs_sedol_idx ON stockgroups.refs (sedol) WHERE sedol IS NOT NULL;
CREATE INDEX refs_figi_idx ON stockgroups.refs (figi) WHERE figi IS NOT NULL;
