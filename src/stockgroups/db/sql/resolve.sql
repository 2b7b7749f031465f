-- The securities of any number of symbols and identifiers.

-- name: find_owners
-- The securities that have, or had, one of the symbols, with the dates and their symbol of today. A
-- label (COR-202112) is its security's at all times.
SELECT y.symbol, y.valid_from, y.valid_to, y.security_id, s.symbol
FROM stockgroups.security_symbols y
JOIN stockgroups.securities s ON s.id = y.security_id
WHERE y.environment = %(environment)s AND y.symbol = ANY (%(symbols)s)
UNION ALL
SELECT s.symbol, '-infinity', 'infinity', s.id, s.symbol
FROM stockgroups.securities s
WHERE s.environment = %(environment)s AND s.symbol = ANY (%(labels)s)
ORDER BY 1, 2

-- name: find_held_days
-- The first day on which a group held each security, and the first day on which none held it any
-- more.
SELECT h.security_id, min(h.valid_from), max(h.valid_to)
FROM stockgroups.membership_history h
WHERE h.security_id = ANY (%(ids)s::int[])
GROUP BY h.security_id

-- name: read_symbols
-- All symbols that the securities have had.
SELECT y.security_id, y.symbol, y.valid_from, y.valid_to
FROM stockgroups.security_symbols y
WHERE y.security_id = ANY (%(ids)s)
ORDER BY y.security_id, y.valid_from

-- name: find_registered
-- The symbols of some CUSIPs in the fails-to-deliver register, latest first, and the security that
-- had the symbol then. The register omits separators, so a security whose symbol has one is found
-- too. A security is left out if its reports have only CUSIPs of other issuers.
WITH known AS MATERIALIZED (
    SELECT c.cusip::text, c.symbol::text, c.name, c.first_day, c.last_day
    FROM stockgroups.cusip_symbols c
    WHERE c.cusip = ANY (%(cusips)s)
    UNION ALL
    SELECT c.cusip, c.symbol, NULL, c.day, c.day
    FROM stockgroups.cusip_changes c
    WHERE c.cusip = ANY (%(cusips)s)
      AND NOT EXISTS (SELECT FROM stockgroups.cusip_symbols o WHERE o.cusip = c.cusip)
),
owners AS MATERIALIZED (
    SELECT k.cusip, k.symbol, y.valid_from, y.valid_to, y.security_id, s.symbol AS current
    FROM known k
    JOIN stockgroups.security_symbols y
      ON y.environment = %(environment)s AND replace(y.symbol, '.', '') = k.symbol
         AND y.valid_from <= k.last_day AND k.last_day < y.valid_to
    JOIN stockgroups.securities s ON s.id = y.security_id
),
issuers AS (
    SELECT x.security_id, array_agg(DISTINCT left(v.cusip, 6)) AS known
    FROM stockgroups.ref_securities x
    JOIN stockgroups.refs r ON r.id = x.ref_id
    CROSS JOIN LATERAL (
        VALUES (r.cusip::text), (CASE WHEN r.isin ~ '^(US|CA)' THEN substr(r.isin, 3, 9) END)
    ) AS v (cusip)
    WHERE x.security_id IN (SELECT o.security_id FROM owners o) AND v.cusip IS NOT NULL
    GROUP BY x.security_id
)
SELECT k.cusip, k.symbol, k.name, k.first_day, k.last_day, o.valid_from, o.valid_to, o.security_id,
       o.current
FROM known k
LEFT JOIN (
    SELECT w.*
    FROM owners w
    LEFT JOIN issuers i USING (security_id)
    WHERE i.known IS NULL OR left(w.cusip, 6) = ANY (i.known)
) o ON o.cusip = k.cusip AND o.symbol = k.symbol
       AND o.valid_from <= k.last_day AND k.last_day < o.valid_to
ORDER BY k.cusip, k.last_day DESC, o.current COLLATE "C"

-- name: find_nameless
-- Names of refs without a symbol that have one of the identifiers.
SELECT DISTINCT r.name
FROM stockgroups.refs r
WHERE r.environment = %(environment)s AND r.symbol IS NULL
  AND (r.cusip = ANY (%(cusips)s) OR r.sedol = ANY (%(sedols)s) OR r.figi = ANY (%(figis)s))
ORDER BY r.name
LIMIT 3

-- name: find_identified
-- The refs with one of the identifiers, and their securities. A US or Canadian ISIN contains a
-- CUSIP, which is compared if the ref does not report the same CUSIP. Refs of reports that were
-- corrected or taken back are left out. (The array matters: with a join, the server computes the
-- view for all refs.)
WITH found AS MATERIALIZED (
    SELECT r.id, r.cusip, r.isin, r.sedol, r.figi
    FROM stockgroups.refs r
    WHERE r.environment = %(environment)s
      AND (
          r.cusip = ANY (%(cusips)s)
          OR r.isin = ANY (%(isins)s)
          OR (left(r.isin, 2) IN ('US', 'CA') AND r.cusip IS DISTINCT FROM substr(r.isin, 3, 9)
              AND substr(r.isin, 3, 9) = ANY (%(cusips)s))
          OR r.sedol = ANY (%(sedols)s)
          OR r.figi = ANY (%(figis)s)
      )
      AND EXISTS (SELECT FROM stockgroups.ref_runs u WHERE u.ref_ids @> ARRAY[r.id])
)
SELECT f.id, f.cusip, f.isin, f.sedol, f.figi, x.security_id, x.valid_from, x.valid_to, s.symbol
FROM found f
JOIN stockgroups.ref_securities x ON x.ref_id = f.id
JOIN stockgroups.securities s ON s.id = x.security_id
WHERE x.ref_id = ANY (ARRAY(SELECT g.id FROM found g))
ORDER BY f.id, x.valid_from

-- name: list_registrants
-- The registrants in the newest of each of the SEC's lists of companies, and the named funds in the
-- SEC's lists of classes and reports, with their symbols.
SELECT l.cik, l.symbol::text, l.name
FROM stockgroups.listings l
WHERE l.cik IS NOT NULL AND l.directory_id IN (
    SELECT DISTINCT ON (d.source) d.id
    FROM stockgroups.directories d
    WHERE d.source IN ('sec_tickers', 'sec_companies')
    ORDER BY d.source, d.as_of DESC, d.id DESC
)
UNION ALL
SELECT c.cik, c.ticker, c.name
FROM stockgroups.fund_classes c
WHERE c.ticker IS NOT NULL AND c.name IS NOT NULL
ORDER BY 1, 2

-- name: find_classes
-- The tickers of funds by series or class number, from the newest file that has them.
SELECT DISTINCT ON (u.id, c.class_id) u.id, c.ticker, c.name
FROM unnest(%(ids)s::text[]) AS u (id)
JOIN stockgroups.fund_classes c ON c.series_id = u.id OR c.class_id = u.id
JOIN stockgroups.directories d ON d.id = c.directory_id
WHERE c.ticker IS NOT NULL
ORDER BY u.id, c.class_id, d.as_of DESC, d.id DESC
