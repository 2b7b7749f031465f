-- Comments that had to be read twice, in plainer words.
COMMENT ON TABLE stockgroups.env_state IS
    'One row for each environment: its version, and the lock of its writers';
COMMENT ON TABLE stockgroups.cusip_changes IS
    'Announcements that a CUSIP is the new or the former one of the stock with a symbol';
COMMENT ON TABLE stockgroups.cusip_symbols IS
    'A CUSIP with a symbol, from the first to the last day on which the SEC lists them together';
COMMENT ON TABLE stockgroups.fund_classes IS
    'Classes of funds with their tickers, from the SEC''s lists and yearly reports (N-CEN)';
COMMENT ON COLUMN stockgroups.fund_classes.series_id IS
    'The SEC''s number of the fund; null for a trust that is itself one fund';
COMMENT ON COLUMN stockgroups.fund_classes.is_etf IS
    'Whether the fund is exchange traded; null if the file does not state it';
COMMENT ON TABLE stockgroups.group_registry IS
    'The permanent number of each group, including deleted groups';
COMMENT ON VIEW stockgroups.holdings IS
    'The positions of each group today, as the source of its effective snapshot reported them';
COMMENT ON COLUMN stockgroups.holdings.symbol IS
    'Symbol that the stock has today; NULL if no source gives one, so that it is not yet a member';
COMMENT ON COLUMN stockgroups.holdings.reported_symbol IS
    'Symbol as the source reported it; NULL if it reported neither ticker nor ISIN';
COMMENT ON COLUMN stockgroups.holdings.weight IS
    'Fraction of the net assets: 0.065 is 6.5 %; NULL if the source gives none';
COMMENT ON COLUMN stockgroups.holdings.shares IS
    'Number of shares; NULL if the source gives none';
COMMENT ON COLUMN stockgroups.holdings.as_of IS 'Date of the data, as the source states it';
COMMENT ON COLUMN stockgroups.holdings.recorded_at IS 'Time at which this database recorded it';
COMMENT ON COLUMN stockgroups.holdings.published_on IS
    'Day from which the public could know it; NULL if the source does not state it';
COMMENT ON VIEW stockgroups.intervals IS
    'When a stock was in a group: from valid_from until before valid_to';
COMMENT ON TABLE stockgroups.membership_history IS
    'When a stock was in a group; an open end is infinity. Read the view intervals';
COMMENT ON TABLE stockgroups.ref_runs IS
    'The refs that consecutive snapshots of a group hold, computed from these; an open end is infinity';
COMMENT ON COLUMN stockgroups.ref_runs.valid_from IS 'As-of date of the first of these snapshots';
COMMENT ON COLUMN stockgroups.ref_runs.valid_to IS
    'As-of date of the next snapshot without the refs';
COMMENT ON VIEW stockgroups.ref_securities IS
    'Which security a ref is, from valid_from until before valid_to';
COMMENT ON COLUMN stockgroups.refs.symbol IS
    'Canonical spelling of what was reported; NULL if neither a ticker nor an ISIN was';
COMMENT ON TABLE stockgroups.security_refs IS
    'Which security a ref is, if its symbol alone does not determine it';
COMMENT ON COLUMN stockgroups.snapshots.published_on IS
    'Day from which the public could know it; NULL if the source does not state it';
COMMENT ON COLUMN stockgroups.snapshots.is_retraction IS
    'Whether it is empty, and retracts what was recorded for its date before';
