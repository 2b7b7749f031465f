-- What is related to a security. A print counts for one alone: where its symbol changed hands and
-- it says no more than the symbol, it is left out.

-- name: find_identifiers
-- What the security's prints say of it.
SELECT array_remove(array_agg(DISTINCT r.cusip), NULL),
       array_remove(array_agg(DISTINCT r.isin), NULL),
       array_remove(array_agg(DISTINCT r.name), NULL)
FROM stockgroups.ref_meanings x
JOIN stockgroups.refs r ON r.id = x.ref_id
WHERE x.security_id = %(security_id)s
  AND NOT EXISTS (
      SELECT FROM stockgroups.ref_meanings o
      WHERE o.ref_id = x.ref_id AND o.security_id <> x.security_id
  )

-- name: find_registrant
-- What else the SEC's newest list has of the registrant of a symbol. What it prints without an
-- exchange is listed nowhere.
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
-- The environment's other securities with a print of the same ISIN or the same issuer (the first
-- six characters of a CUSIP), with the same symbol but for its suffix, or with a name that holds
-- the word.
WITH kin AS (
    SELECT DISTINCT s.id, s.symbol, r.id AS ref_id, r.cusip, r.isin, r.name
    FROM stockgroups.refs r
    JOIN stockgroups.ref_meanings x ON x.ref_id = r.id
    JOIN stockgroups.securities s ON s.id = x.security_id
    WHERE r.environment = %(environment)s AND s.id <> %(security_id)s
      AND (
          r.isin = ANY (%(isins)s)
          OR substr(r.cusip, 1, 6) = ANY (%(issuers)s)
          OR (r.isin ~ '^(US|CA)' AND substr(r.isin, 3, 6) = ANY (%(issuers)s))
          OR split_part(s.symbol, '.', 1) = %(root)s
          OR strpos(upper(r.name), %(word)s) > 0
      )
)
SELECT k.id, k.symbol, k.cusip, k.isin, k.name
FROM kin k
WHERE NOT EXISTS (
    SELECT FROM stockgroups.ref_meanings o WHERE o.ref_id = k.ref_id AND o.security_id <> k.id
)
