-- name: find_resolved
-- The rows of a snapshot that were reported without a symbol and resolved by other evidence:
-- identifier, name, the stock's symbol of today, weight.
SELECT coalesce('CUSIP ' || f.cusip, 'SEDOL ' || f.sedol, 'FIGI ' || f.figi), p.name,
       p.symbol::text, p.weight
FROM stockgroups.positions_of(%(registry_id)s, %(snapshot_id)s, %(as_of)s) p
JOIN stockgroups.refs f ON f.id = p.ref_id AND f.symbol IS NULL
ORDER BY p.weight DESC NULLS LAST, p.symbol COLLATE "C"

-- name: find_receipt
-- One snapshot of the record with its receipt and origin.
SELECT as_of, source, is_proxy, file_name, recorded_at, published_on,
       encode(sha256, 'hex'), reader, issuer,
       net_assets, member_count, receipt
FROM stockgroups.snapshots
WHERE group_id = %(registry_id)s AND id = %(snapshot_id)s
