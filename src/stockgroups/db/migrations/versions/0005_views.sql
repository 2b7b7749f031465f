-- Views for users' own SQL: the record as rows, with NULL for `infinity`, which drivers and data
-- frames do not accept as a date. The views read this schema only, so the tables in `public` can
-- still be altered and dropped.

CREATE VIEW stockgroups.intervals AS
SELECT r.environment, r.type, r.name AS group_name, s.symbol,
       nullif(h.valid_from, '-infinity') AS valid_from,
       nullif(h.valid_to, 'infinity') AS valid_to,
       h.group_id, h.security_id
FROM stockgroups.membership_history h
JOIN stockgroups.group_registry r ON r.id = h.group_id
JOIN stockgroups.securities s ON s.id = h.security_id;

COMMENT ON VIEW stockgroups.intervals IS
    'Which stock was in which group, from valid_from up to, not with, valid_to';
COMMENT ON COLUMN stockgroups.intervals.environment IS 'DEFAULT, TEST, UAT or PROD';
COMMENT ON COLUMN stockgroups.intervals.type IS 'ETF, UNIVERSE, SECTOR, THEME, SEGMENT or CUSTOM';
COMMENT ON COLUMN stockgroups.intervals.group_name IS 'Ticker of the fund, or key of the group';
COMMENT ON COLUMN stockgroups.intervals.symbol IS 'Symbol that the stock has today';
COMMENT ON COLUMN stockgroups.intervals.valid_from IS 'First day';
COMMENT ON COLUMN stockgroups.intervals.valid_to IS
    'First day on which it is no longer a member; NULL: it still is';
COMMENT ON COLUMN stockgroups.intervals.group_id IS 'Number in group_registry';
COMMENT ON COLUMN stockgroups.intervals.security_id IS 'Number in securities';

CREATE VIEW stockgroups.holdings AS
SELECT r.environment, r.type, r.name AS group_name,
       coalesce(s.symbol, f.symbol) AS symbol, f.symbol AS reported_symbol, f.name,
       u.weight, u.shares, f.cusip, f.isin, f.sedol, f.figi, f.exchange, f.country, f.currency,
       c.as_of, c.source, c.is_proxy, c.file_name, c.recorded_at,
       r.id AS group_id, s.id AS security_id, c.id AS snapshot_id
FROM stockgroups.group_registry r
JOIN stockgroups.snapshots c ON c.group_id = r.id AND c.id = r.snapshot_id
CROSS JOIN LATERAL unnest(c.ref_ids, c.weights, c.shares) AS u (ref_id, weight, shares)
JOIN stockgroups.refs f ON f.id = u.ref_id
LEFT JOIN stockgroups.ref_meanings x
       ON x.ref_id = f.id AND x.valid_from <= c.as_of AND c.as_of < x.valid_to
LEFT JOIN stockgroups.securities s ON s.id = x.security_id;

COMMENT ON VIEW stockgroups.holdings IS
    'The positions of each group by the snapshot that answers for it today, as its source reported them';
COMMENT ON COLUMN stockgroups.holdings.environment IS 'DEFAULT, TEST, UAT or PROD';
COMMENT ON COLUMN stockgroups.holdings.type IS 'ETF, UNIVERSE, SECTOR, THEME, SEGMENT or CUSTOM';
COMMENT ON COLUMN stockgroups.holdings.group_name IS 'Ticker of the fund, or key of the group';
COMMENT ON COLUMN stockgroups.holdings.symbol IS 'Symbol that the stock has today';
COMMENT ON COLUMN stockgroups.holdings.reported_symbol IS 'Symbol as the source reported it';
COMMENT ON COLUMN stockgroups.holdings.name IS 'Name of the instrument as the source reported it';
COMMENT ON COLUMN stockgroups.holdings.weight IS
    'Fraction of the net assets: 0.065 is 6.5 %; NULL where the source gives none';
COMMENT ON COLUMN stockgroups.holdings.shares IS 'Number of shares; NULL where the source gives none';
COMMENT ON COLUMN stockgroups.holdings.as_of IS 'Date for which the source says that its data is true';
COMMENT ON COLUMN stockgroups.holdings.source IS 'Reader of the file, or origin of the data';
COMMENT ON COLUMN stockgroups.holdings.is_proxy IS
    'Whether members of an index stand in for a file of the issuer';
COMMENT ON COLUMN stockgroups.holdings.recorded_at IS 'Time at which this database learned it';
COMMENT ON COLUMN stockgroups.holdings.group_id IS 'Number in group_registry';
COMMENT ON COLUMN stockgroups.holdings.security_id IS 'Number in securities';
COMMENT ON COLUMN stockgroups.holdings.snapshot_id IS 'Number in snapshots';

COMMENT ON TABLE stockgroups.group_registry IS 'The permanent number of each group, deleted ones too';
COMMENT ON TABLE stockgroups.snapshots IS
    'What one source reported about one group for one date; never changed once written';
COMMENT ON TABLE stockgroups.refs IS 'Instruments as sources reported them; never changed';
COMMENT ON TABLE stockgroups.securities IS 'Stocks, each with the symbol that it has today';
COMMENT ON TABLE stockgroups.security_symbols IS 'Which stock had which symbol, and when';
COMMENT ON TABLE stockgroups.security_refs IS
    'Which stock a ref means, where its symbol alone does not tell';
COMMENT ON TABLE stockgroups.membership_history IS
    'Which stock was in which group, and when; an open end is infinity. Read the view intervals';
COMMENT ON TABLE stockgroups.loads IS 'Who changed what, when, with which program';
COMMENT ON TABLE stockgroups.aliases IS 'Renames and reuses of symbols that users confirmed';
COMMENT ON TABLE stockgroups.env_state IS 'One row an environment: the lock of its writers, its version';
