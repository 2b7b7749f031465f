-- A load asks when stocks that leave a fund came to any fund last. In the order of the days this is one
-- look-up for each; in the order of the groups it was every interval of the stock.
CREATE INDEX membership_history_security_id_valid_from_group_id_idx
    ON stockgroups.membership_history (security_id, valid_from, group_id);
DROP INDEX stockgroups.membership_history_security_id_group_id_idx;
