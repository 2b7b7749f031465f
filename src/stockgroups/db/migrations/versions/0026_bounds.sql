-- For loads: the lines of some registrants in the SEC's lists, and whether an environment has any ref
-- (refs of one environment are mostly in long runs of rows, so BRIN suffices).
CREATE INDEX listings_cik_idx ON stockgroups.listings (cik, directory_id) WHERE cik IS NOT NULL;
CREATE INDEX refs_environment_idx ON stockgroups.refs USING brin (environment);
-- Earlier loads left empty intervals where a ticker was another stock's between two reports.
DELETE FROM stockgroups.membership_history WHERE valid_from >= valid_to;
