-- name: find_receipt
-- One snapshot of the record with its receipt and where it came from.
SELECT as_of, source, is_proxy, file_name, recorded_at, encode(sha256, 'hex'), reader, issuer,
       net_assets, member_count, receipt
FROM stockgroups.snapshots
WHERE group_id = %(registry_id)s AND id = %(snapshot_id)s
