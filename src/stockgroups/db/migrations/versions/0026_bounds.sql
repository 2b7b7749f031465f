-- What a load asks for, without going through all that is recorded: the lines of some registrants on
-- the SEC's lists, and whether an environment has any ref (of few environments, most are in long runs).
CREATE INDEX listings_cik_idx ON stockgroups.listings (cik, directory_id) WHERE cik IS NOT NULL;
CREATE INDEX refs_environment_idx ON stockgroups.refs USING brin (environment);
-- Intervals without days, which loads left where a ticker was another stock's between two reports.
DELETE FROM stockgroups.membership_history WHERE valid_from >= valid_to;
