-- What symbols and identifiers mean, for any number of them at once.

-- name: find_owners
-- The securities that have, or had, one of the symbols, and since when; with their symbol of today.
SELECT y.symbol, y.valid_from, y.valid_to, y.security_id, s.symbol
FROM stockgroups.security_symbols y
JOIN stockgroups.securities s ON s.id = y.security_id
WHERE y.environment = %(environment)s AND y.symbol = ANY (%(symbols)s)
ORDER BY y.symbol, y.valid_from

-- name: read_symbols
-- All symbols that the securities have had.
SELECT y.security_id, y.symbol, y.valid_from, y.valid_to
FROM stockgroups.security_symbols y
WHERE y.security_id = ANY (%(ids)s)
ORDER BY y.security_id, y.valid_from

-- name: find_identified
-- The prints with one of the identifiers, and what they mean; a US or Canadian ISIN holds its CUSIP.
SELECT r.id, r.cusip, r.isin, r.sedol, r.figi, x.security_id, x.valid_from, x.valid_to, s.symbol
FROM stockgroups.refs r
JOIN stockgroups.ref_meanings x ON x.ref_id = r.id
JOIN stockgroups.securities s ON s.id = x.security_id
WHERE r.environment = %(environment)s
  AND (
      r.cusip = ANY (%(cusips)s)
      OR r.isin = ANY (%(isins)s)
      OR (r.isin ~ '^(US|CA)' AND substr(r.isin, 3, 9) = ANY (%(cusips)s))
      OR r.sedol = ANY (%(sedols)s)
      OR r.figi = ANY (%(figis)s)
  )
ORDER BY r.id, x.valid_from
