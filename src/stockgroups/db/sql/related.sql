-- Securities and registrants related to a security.

-- name: find_refs_of
-- Identifiers and names in the refs of some securities.
SELECT DISTINCT x.security_id, r.cusip, r.isin, r.name
FROM stockgroups.ref_securities x
JOIN stockgroups.refs r ON r.id = x.ref_id
WHERE x.security_id = ANY (%(security_ids)s::int[])
  AND stockgroups.is_evidence(x.ref_id, x.valid_from, x.valid_to)

-- name: find_registrant
-- The registrant's other listings in the SEC's newest list. Entries without an exchange are not
-- listed anywhere.
WITH newest AS (
    SELECT id FROM stockgroups.directories
    WHERE source = 'sec_tickers'
    ORDER BY as_of DESC, id DESC
    LIMIT 1
)
SELECT o.symbol, o.cik, s.id
FROM newest n
JOIN stockgroups.listings l ON l.directory_id = n.id AND l.symbol = %(symbol)s
JOIN stockgroups.listings o ON o.directory_id = n.id AND o.cik = l.cik AND o.symbol <> l.symbol
LEFT JOIN stockgroups.securities s ON s.symbol = o.symbol AND s.environment = %(environment)s
WHERE o.exchange IS NOT NULL

-- name: find_kin
-- The environment's other securities with the same root symbol, or with a ref that has the same
-- ISIN, the same issuer (the first six characters of a CUSIP), or a name that contains the word.
SELECT DISTINCT s.id, s.symbol
FROM stockgroups.refs r
JOIN stockgroups.ref_securities x ON x.ref_id = r.id
JOIN stockgroups.securities s ON s.id = x.security_id
WHERE r.environment = %(environment)s AND s.id <> %(security_id)s
  AND (
      r.isin = ANY (%(isins)s)
      OR substr(r.cusip, 1, 6) = ANY (%(issuers)s)
      OR (r.isin ~ '^(US|CA)' AND substr(r.isin, 3, 6) = ANY (%(issuers)s))
      OR split_part(s.symbol, '.', 1) = %(root)s
      OR strpos(upper(r.name), %(word)s) > 0
  )
