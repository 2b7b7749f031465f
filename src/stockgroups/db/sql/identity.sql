-- Securities and their symbols over time.

-- name: read_state
-- The digest of the inputs of the environment's last identity computation, the number of the newest
-- directory (none is ever deleted), whether there are refs, and whether the registers have CUSIPs.
SELECT e.identity,
       (SELECT max(d.id) FROM stockgroups.directories d),
       EXISTS (SELECT FROM stockgroups.refs r WHERE r.environment = e.environment),
       EXISTS (SELECT FROM stockgroups.cusip_symbols)
           OR EXISTS (SELECT FROM stockgroups.cusip_changes)
FROM stockgroups.env_state e
WHERE e.environment = %(environment)s

-- name: write_state
UPDATE stockgroups.env_state SET identity = %(identity)s WHERE environment = %(environment)s

-- name: list_reported_environments
SELECT e.environment,
       has_table_privilege('stockgroups.env_state', 'UPDATE') AND NOT current_setting('transaction_read_only')::boolean
FROM stockgroups.env_state e
WHERE EXISTS (SELECT FROM stockgroups.refs r WHERE r.environment = e.environment)
ORDER BY e.environment

-- name: read_aliases
SELECT old_symbol, effective, new_symbol, source, origin
FROM stockgroups.aliases
WHERE environment = %(environment)s
ORDER BY old_symbol, effective

-- name: forget_aliases
DELETE FROM stockgroups.aliases WHERE environment = %(environment)s AND origin = 'catalog'

-- name: write_aliases
-- A user's alias for the same symbol and day takes precedence over the catalogue's.
INSERT INTO stockgroups.aliases (environment, old_symbol, effective, new_symbol, source, origin)
SELECT %(environment)s, a.old_symbol, a.effective, a.new_symbol, a.source, 'catalog'
FROM unnest(%(old)s::text[], %(effective)s::date[], %(new)s::text[], %(source)s::text[])
    AS a (old_symbol, effective, new_symbol, source)
ON CONFLICT (environment, old_symbol, effective) DO NOTHING

-- name: list_aliases
SELECT old_symbol, effective, new_symbol, source, origin
FROM stockgroups.aliases
WHERE environment = %(environment)s
ORDER BY effective, old_symbol COLLATE "C"

-- name: write_own_alias
-- A user's alias replaces the catalogue's for the same symbol and day.
INSERT INTO stockgroups.aliases (environment, old_symbol, effective, new_symbol, source, origin)
VALUES (%(environment)s, %(old)s, %(effective)s, %(new)s, %(source)s, 'user')
ON CONFLICT (environment, old_symbol, effective) DO UPDATE SET
    new_symbol = excluded.new_symbol, source = excluded.source, origin = excluded.origin,
    added_at = excluded.added_at

-- name: delete_own_alias
DELETE FROM stockgroups.aliases
WHERE environment = %(environment)s AND old_symbol = %(old)s AND effective = %(effective)s
  AND origin = 'user'

-- name: find_steps
-- The symbol changes in the newest map of each security, of the maps that have some symbols. Each symbol
-- is looked up.
SELECT e.value ->> 0, CAST(e.value ->> 1 AS date), e.value ->> 2, m.file_name
FROM (
    SELECT DISTINCT ON (d.id) d.id, d.file_name, d.receipt
    FROM unnest(%(symbols)s::text[]) AS w (symbol)
    JOIN stockgroups.directories d
      ON d.source = 'symbol_map'
     AND jsonb_path_query_array(d.receipt, '$.steps[*][0,2]') ? w.symbol
    ORDER BY d.id
) m
CROSS JOIN LATERAL (
    SELECT o.id FROM stockgroups.directories o
    WHERE o.source = 'symbol_map' AND o.file_name = m.file_name
    ORDER BY o.as_of DESC, o.id DESC
    LIMIT 1
) newest
CROSS JOIN LATERAL jsonb_array_elements(m.receipt -> 'steps') AS e (value)
WHERE newest.id = m.id

-- name: find_refs
-- The refs that share a symbol or an identifier with others. A US or Canadian ISIN contains a
-- CUSIP, which is compared if the ref does not report the same CUSIP.
SELECT id, coalesce(symbol, ''), name, cusip, isin, sedol, figi,
       CASE WHEN symbol IS NULL THEN ticker END
FROM stockgroups.refs
WHERE environment = %(environment)s
  AND (
      symbol = ANY (%(symbols)s)
      OR cusip = ANY (%(cusips)s)
      OR isin = ANY (%(isins)s)
      OR (left(isin, 2) IN ('US', 'CA') AND cusip IS DISTINCT FROM substr(isin, 3, 9)
          AND substr(isin, 3, 9) = ANY (%(cusips)s))
      OR sedol = ANY (%(sedols)s)
      OR figi = ANY (%(figis)s)
  )

-- name: find_coded
-- The refs without a symbol whose tickers end with one of some codes: `000660 KS`.
SELECT id, '', name, cusip, isin, sedol, figi, ticker
FROM stockgroups.refs
WHERE environment = %(environment)s AND symbol IS NULL
  AND substring(ticker FROM ' ([A-Z]{2})$') = ANY (%(codes)s)

-- name: find_registered
-- The registers' rows for some CUSIPs, and for some symbols without separators.
SELECT c.cusip::text, c.symbol::text, c.first_day, c.last_day, c.name
FROM stockgroups.cusip_symbols c
WHERE c.cusip = ANY (%(cusips)s) OR c.symbol = ANY (%(compact)s)
ORDER BY c.cusip, c.symbol, c.first_day

-- name: find_announced
SELECT c.symbol::text, c.cusip::text, c.day, c.is_new
FROM stockgroups.cusip_changes c
WHERE c.symbol = ANY (%(compact)s)

-- name: read_refs
SELECT id, coalesce(symbol, ''), name, cusip, isin, sedol, figi,
       CASE WHEN symbol IS NULL THEN ticker END
FROM stockgroups.refs
WHERE environment = %(environment)s

-- name: read_held
-- The refs in snapshots.
SELECT group_id, snapshot_id, ref_ids
FROM stockgroups.members_in(
    %(registry_ids)s::int[], %(snapshot_ids)s::bigint[], %(dates)s::date[], '{ref_ids}'
)

-- name: find_nameless
-- Those of some refs that have no symbol.
SELECT id, '', name, cusip, isin, sedol, figi, ticker
FROM stockgroups.refs
WHERE id = ANY (%(ref_ids)s) AND symbol IS NULL

-- name: find_shared
-- Those of some symbols whose identifier another symbol has too (see find_refs). One such ref is enough.
SELECT w.symbol
FROM unnest(%(cusip_symbols)s::text[], %(cusips)s::text[]) AS w (symbol, value)
WHERE EXISTS (
    SELECT FROM stockgroups.refs r
    WHERE r.environment = %(environment)s AND r.cusip = w.value AND r.symbol <> w.symbol OFFSET 0
) OR EXISTS (
    SELECT FROM stockgroups.refs r
    WHERE r.environment = %(environment)s AND r.symbol <> w.symbol
      AND left(r.isin, 2) IN ('US', 'CA') AND r.cusip IS DISTINCT FROM substr(r.isin, 3, 9)
      AND substr(r.isin, 3, 9) = w.value
    OFFSET 0
)
UNION
SELECT w.symbol
FROM unnest(%(isin_symbols)s::text[], %(isins)s::text[]) AS w (symbol, value)
WHERE EXISTS (
    SELECT FROM stockgroups.refs r
    WHERE r.environment = %(environment)s AND r.isin = w.value AND r.symbol <> w.symbol OFFSET 0
)
UNION
SELECT w.symbol
FROM unnest(%(sedol_symbols)s::text[], %(sedols)s::text[]) AS w (symbol, value)
WHERE EXISTS (
    SELECT FROM stockgroups.refs r
    WHERE r.environment = %(environment)s AND r.sedol = w.value AND r.symbol <> w.symbol OFFSET 0
)
UNION
SELECT w.symbol
FROM unnest(%(figi_symbols)s::text[], %(figis)s::text[]) AS w (symbol, value)
WHERE EXISTS (
    SELECT FROM stockgroups.refs r
    WHERE r.environment = %(environment)s AND r.figi = w.value AND r.symbol <> w.symbol OFFSET 0
)

-- name: find_breaks
-- Symbols with a break in their reports: one that comes when no group held its stock just before,
-- one that goes and some group holds later, or one that returns. There, a ticker alone is not
-- evidence. And all symbols of replaced reports, which have a day less. (Groups that are not reports
-- are ignored, see `CONCLUDED`.)
WITH symbols AS (
    SELECT r.symbol, w.as_of, w.kind
    FROM unnest(%(ref_ids)s::int[], %(ref_days)s::date[], %(ref_kinds)s::text[])
         AS w (ref_id, as_of, kind)
    JOIN stockgroups.refs r ON r.id = w.ref_id AND r.symbol IS NOT NULL
    UNION
    SELECT w.symbol, w.as_of, w.kind
    FROM unnest(%(symbols)s::text[], %(days)s::date[], %(kinds)s::text[])
         AS w (symbol, as_of, kind)
),
derived AS MATERIALIZED (
    SELECT ARRAY(
        SELECT g.id FROM stockgroups.group_registry g
        WHERE g.environment = %(environment)s AND g.type = ANY (%(concluded)s)) AS groups
)
SELECT s.symbol
FROM symbols s
WHERE s.kind = 'comes'
  -- One interval is enough: a fund's first report asks about all its stocks, and thousands of funds
  -- may hold each. In the order of the index, from the newest one: the planner would gather all.
  AND NOT EXISTS (
      SELECT
      FROM (
          SELECT y.security_id FROM stockgroups.security_symbols y
          WHERE y.environment = %(environment)s AND y.symbol = s.symbol
          UNION ALL
          -- A stock with a ticker that is reported by its ISIN alone. No other stock had that ISIN.
          SELECT x.security_id
          FROM stockgroups.refs r
          JOIN stockgroups.security_refs x ON x.ref_id = r.id
          WHERE r.environment = %(environment)s AND r.symbol = s.symbol AND r.isin = s.symbol
      ) o
      WHERE (
          SELECT true
          FROM stockgroups.membership_history h
          WHERE h.security_id = o.security_id
            AND h.valid_from <= s.as_of AND h.valid_to >= s.as_of
            AND h.group_id <> ALL ((SELECT d.groups FROM derived d)::int[])
          ORDER BY h.valid_from DESC
          LIMIT 1
      )
      OFFSET 0)
UNION
SELECT s.symbol
FROM symbols s
JOIN (
    -- The last day on which the symbol comes, recorded or in these snapshots: looked up once for each
    -- symbol, as a whole history has half a million rows of a few thousand symbols.
    SELECT l.symbol, max(l.day) AS day
    FROM (
        SELECT y.symbol, h.valid_from AS day
        FROM (SELECT DISTINCT g.symbol FROM symbols g WHERE g.kind <> 'comes') w
        JOIN stockgroups.security_symbols y
          ON y.symbol = w.symbol AND y.environment = %(environment)s
        CROSS JOIN LATERAL (
            SELECT i.valid_from
            FROM stockgroups.membership_history i
            WHERE i.security_id = y.security_id
              AND i.group_id <> ALL ((SELECT d.groups FROM derived d)::int[])
            ORDER BY i.valid_from DESC
            LIMIT 1
        ) h
        UNION ALL
        SELECT c.symbol, c.as_of FROM symbols c WHERE c.kind = 'comes'
    ) l
    GROUP BY l.symbol
) last ON last.symbol = s.symbol AND last.day > s.as_of
WHERE s.kind <> 'comes'
UNION
SELECT s.symbol
FROM symbols s
JOIN symbols o ON o.symbol = s.symbol AND o.as_of = s.as_of AND o.kind = 'returns'
WHERE s.kind = 'goes'
UNION
SELECT s.symbol FROM symbols s WHERE s.kind = 'is replaced'

-- name: read_securities
-- The securities that have, or had, one of the symbols, or are those of refs with one.
SELECT s.id, s.symbol,
       array_agg(y.symbol::text ORDER BY y.valid_from) FILTER (WHERE y.symbol IS NOT NULL),
       array_agg(y.valid_from ORDER BY y.valid_from) FILTER (WHERE y.symbol IS NOT NULL),
       array_agg(y.valid_to ORDER BY y.valid_from) FILTER (WHERE y.symbol IS NOT NULL)
FROM stockgroups.securities s
LEFT JOIN stockgroups.security_symbols y ON y.security_id = s.id
WHERE s.id IN (
    SELECT z.security_id FROM stockgroups.security_symbols z
    WHERE z.environment = %(environment)s AND z.symbol = ANY (%(symbols)s)
    UNION ALL
    SELECT x.security_id
    FROM stockgroups.refs r
    JOIN stockgroups.security_refs x ON x.ref_id = r.id
    WHERE r.environment = %(environment)s AND r.symbol = ANY (%(symbols)s)
)
GROUP BY s.id, s.symbol

-- name: read_all_securities
SELECT s.id, s.symbol,
       array_agg(y.symbol::text ORDER BY y.valid_from) FILTER (WHERE y.symbol IS NOT NULL),
       array_agg(y.valid_from ORDER BY y.valid_from) FILTER (WHERE y.symbol IS NOT NULL),
       array_agg(y.valid_to ORDER BY y.valid_from) FILTER (WHERE y.symbol IS NOT NULL)
FROM stockgroups.securities s
LEFT JOIN stockgroups.security_symbols y ON y.security_id = s.id
WHERE s.environment = %(environment)s
GROUP BY s.id, s.symbol

-- name: find_handovers
-- The days between which a symbol passed to another company. Nasdaq's screener gives the year of a
-- listing; the newest list with the symbol is used. Two consecutive lists of the SEC with different
-- registrants place the change between their dates, and give both names. Only the lists of symbols
-- that had several registrants are read.
SELECT w.symbol, make_date(l.ipo_year, 1, 1) AS since, make_date(l.ipo_year, 1, 1) AS until,
       NULL AS before, NULL AS after
FROM unnest(%(symbols)s::text[]) AS w (symbol)
CROSS JOIN LATERAL (
    -- OFFSET 0: one list after the other is searched for the symbol, the newest first.
    SELECT x.ipo_year
    FROM stockgroups.directories d
    CROSS JOIN LATERAL (
        SELECT y.ipo_year
        FROM stockgroups.listings y
        WHERE y.directory_id = d.id AND y.symbol = w.symbol AND y.ipo_year IS NOT NULL
        OFFSET 0
    ) x
    WHERE d.source = 'nasdaq_screener'
    ORDER BY d.as_of DESC, d.id DESC
    LIMIT 1
) l
WHERE EXISTS (
    SELECT FROM stockgroups.listings y WHERE y.symbol = w.symbol AND y.ipo_year IS NOT NULL
)
UNION ALL
SELECT symbol, as_of + 1, until, name, next_name
FROM (SELECT symbol, as_of, ciks, name, lead(as_of) OVER later AS until,
             lead(ciks) OVER later AS others, lead(name) OVER later AS next_name
      FROM (SELECT w.symbol, d.as_of, array_agg(l.cik) AS ciks, min(l.name) AS name
            FROM unnest(%(symbols)s::text[]) AS w (symbol)
            CROSS JOIN LATERAL (
                SELECT x.directory_id, x.cik, x.name
                FROM stockgroups.listings x
                WHERE x.symbol = w.symbol AND x.cik IS NOT NULL
                OFFSET 0
            ) l
            JOIN stockgroups.directories d ON d.id = l.directory_id
            WHERE (SELECT min(x.cik) < max(x.cik)
                   FROM stockgroups.listings x WHERE x.symbol = w.symbol)
            GROUP BY 1, 2) lists
      WINDOW later AS (PARTITION BY symbol ORDER BY as_of)) changes
WHERE NOT ciks && others
ORDER BY symbol, since

-- name: find_labelled
-- For stocks shown under a label: what the ref with an identifier that was recorded last reports.
SELECT DISTINCT ON (c.symbol) c.symbol::text, r.name, r.cusip, r.isin, r.sedol, r.figi
FROM stockgroups.securities c
JOIN stockgroups.ref_securities x ON x.security_id = c.id
JOIN stockgroups.refs r ON r.id = x.ref_id
WHERE c.environment = %(environment)s AND c.symbol = ANY (%(symbols)s::text[])
  AND x.security_id = ANY (ARRAY(
      SELECT id
      FROM stockgroups.securities
      WHERE environment = %(environment)s AND symbol = ANY (%(symbols)s::text[])
  ))
  AND coalesce(r.cusip, r.isin, r.sedol, r.figi) IS NOT NULL
  AND stockgroups.is_reported(x.ref_id, x.valid_from, x.valid_to)
ORDER BY c.symbol, r.id DESC

-- name: find_names
SELECT DISTINCT l.symbol::text, l.name
FROM stockgroups.listings l
WHERE l.symbol = ANY (%(symbols)s) AND l.name IS NOT NULL

-- name: find_spellings
-- Symbols that no directory lists as written, but that one lists with a dot inserted: BRKB is
-- BRK.B. A symbol that matches several listings is omitted.
SELECT w.symbol, min(l.symbol)
FROM unnest(%(symbols)s::text[]) AS w (symbol)
JOIN stockgroups.listings l
  ON strpos(l.symbol, '.') > 0 AND replace(l.symbol, '.', '') = w.symbol
WHERE strpos(w.symbol, '.') = 0
  AND NOT EXISTS (SELECT FROM stockgroups.listings x WHERE x.symbol = w.symbol)
GROUP BY w.symbol
HAVING count(DISTINCT l.symbol) = 1

-- name: find_registrants
-- Consecutive lists of the SEC that show other lines for a registrant of one of some symbols. Lines
-- with a suffix (preferreds, warrants) are not a company's stock, nor are lines without an exchange
-- in a list that has exchanges. If a day has lists of both kinds, the list with exchanges is used.
-- Only registrants that had several symbols are read.
WITH RECURSIVE ciks AS (
    -- An index is followed from one registrant of a symbol to the next, not from list to list.
    SELECT w.symbol, (
        SELECT min(l.cik) FROM stockgroups.listings l WHERE l.symbol = w.symbol
    ) AS cik
    FROM unnest(%(symbols)s::text[]) AS w (symbol)
    UNION ALL
    SELECT c.symbol, (
        SELECT min(l.cik) FROM stockgroups.listings l WHERE l.symbol = c.symbol AND l.cik > c.cik
    )
    FROM ciks c
    WHERE c.cik IS NOT NULL
),
registrants AS MATERIALIZED (
    SELECT r.cik
    FROM (SELECT DISTINCT c.cik FROM ciks c WHERE c.cik IS NOT NULL) r
    WHERE (
        SELECT min(l.symbol) < max(l.symbol)
        FROM stockgroups.listings l
        WHERE l.cik = r.cik AND strpos(l.symbol, '.') = 0
    )
),
lists AS MATERIALIZED (
    SELECT d.id, dense_rank() OVER (ORDER BY d.as_of) AS edition, d.as_of,
           d.source = 'sec_tickers' AS has_exchanges
    FROM stockgroups.directories d
    WHERE (d.source = 'sec_tickers'
           OR d.source = 'sec_companies'
              AND NOT EXISTS (SELECT FROM stockgroups.directories o
                              WHERE o.source = 'sec_tickers' AND o.as_of = d.as_of))
      AND EXISTS (SELECT FROM stockgroups.listings l
                  WHERE l.directory_id = d.id AND strpos(l.symbol, '.') = 0
                    AND (d.source = 'sec_companies' OR l.exchange IS NOT NULL))
      AND EXISTS (SELECT FROM registrants)
),
dated AS (
    SELECT DISTINCT d.as_of, d.edition, r.cik, l.symbol::text AS symbol, l.name
    FROM registrants r
    CROSS JOIN LATERAL (
        SELECT x.directory_id, x.symbol, x.name, x.exchange
        FROM stockgroups.listings x
        WHERE x.cik = r.cik AND strpos(x.symbol, '.') = 0
        OFFSET 0
    ) l
    JOIN lists d ON d.id = l.directory_id
    WHERE l.exchange IS NOT NULL OR NOT d.has_exchanges
),
lines AS (
    SELECT as_of, edition, cik, array_agg(symbol ORDER BY symbol) AS symbols, min(name) AS name
    FROM dated
    GROUP BY as_of, edition, cik
),
-- With window functions: a join of the list with itself becomes a nested loop when its size is
-- misjudged.
changes AS (
    SELECT symbols AS before, edition, lead(symbols) OVER later AS after,
           lead(edition) OVER later AS next, as_of AS since, lead(as_of) OVER later AS until,
           name, lead(name) OVER later AS next_name
    FROM lines
    WINDOW later AS (PARTITION BY cik ORDER BY edition)
)
SELECT before, after, since, until, name, next_name
FROM changes
WHERE next = edition + 1 AND NOT after @> before AND NOT before @> after

-- name: reserve_security_ids
-- Reserve consecutive numbers and return the last one (see reserve_ref_ids).
WITH alone AS MATERIALIZED (
    SELECT pg_advisory_xact_lock(hashtext('stockgroups.securities')),
           CAST(pg_get_serial_sequence('stockgroups.securities', 'id') AS regclass) AS ids
)
SELECT setval(ids, nextval(ids) + %(count)s - 1)::int FROM alone

-- name: copy_securities
COPY stockgroups.securities (id, environment, symbol) FROM STDIN

-- name: copy_security_symbols
COPY stockgroups.security_symbols (
    environment, symbol, valid_from, valid_to, security_id
) FROM STDIN

-- name: copy_security_refs
COPY stockgroups.security_refs (ref_id, valid_from, valid_to, security_id) FROM STDIN

-- name: rename_securities
UPDATE stockgroups.securities s SET symbol = u.symbol
FROM unnest(%(ids)s::int[], %(symbols)s::text[]) AS u (id, symbol)
WHERE s.id = u.id

-- name: delete_securities
DELETE FROM stockgroups.securities WHERE id = ANY (%(ids)s::int[])

-- name: delete_security_symbols
DELETE FROM stockgroups.security_symbols WHERE security_id = ANY (%(ids)s::int[])

-- name: delete_security_refs
DELETE FROM stockgroups.security_refs WHERE ref_id = ANY (%(ref_ids)s::int[])

-- name: find_holders
-- The groups that have one of the symbols among their members, and the groups with some registry
-- numbers.
SELECT g.type, g.name
FROM public.group_memberships m
JOIN public.definition_groups g ON g.id = m.group_id
WHERE m.symbol = ANY (%(symbols)s) AND g.environment = %(environment)s
UNION
SELECT g.type, g.name
FROM stockgroups.group_registry r
JOIN public.definition_groups g USING (environment, type, name)
WHERE r.id = ANY (%(registry_ids)s::int[])
