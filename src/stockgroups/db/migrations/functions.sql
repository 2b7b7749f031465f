-- The rules behind every answer, each at one place: which snapshot is effective, which security a
-- ref is, the hash of a membership, the environment of an old entry. Function bodies are parsed
-- when they are created, so a caller's search path cannot change what they call. Each is a plain
-- query, which the planner inlines into the calling statement.

-- The kind of a snapshot: an N-PORT filing, a proxy, or an issuer's report (all other sources).
CREATE OR REPLACE FUNCTION stockgroups.report_kind(source text, is_proxy boolean)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN is_proxy THEN 'proxy' WHEN source = 'nport' THEN 'nport' ELSE 'issuer' END;

-- The precedence of sources for one date: an issuer's file, then an N-PORT filing, then the state
-- before the record began.
CREATE OR REPLACE FUNCTION stockgroups.source_rank(source text)
RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN source IN ('legacy', 'adopted') THEN 0 WHEN source = 'nport' THEN 1 ELSE 2 END;

-- The order of filings of one date. Other sources are ordered by recording time only.
CREATE OR REPLACE FUNCTION stockgroups.filed_on(source text, published_on date)
RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN source = 'nport' THEN coalesce(published_on, '-infinity') ELSE '-infinity' END;

-- The day by which the public could know a snapshot: the day that its source gives, or else the day
-- on which the same file was first recorded for the same date.
CREATE OR REPLACE FUNCTION stockgroups.public_on(of_group integer, of_snapshot bigint)
RETURNS date
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT coalesce(s.published_on, CAST((
        SELECT min(e.recorded_at)
        FROM stockgroups.snapshots e
        WHERE e.group_id = s.group_id AND e.is_proxy = s.is_proxy AND e.as_of = s.as_of
          AND e.sha256 = s.sha256
          AND stockgroups.report_kind(e.source, e.is_proxy)
              = stockgroups.report_kind(s.source, s.is_proxy)
    ) AT TIME ZONE 'UTC' AS date))
    FROM stockgroups.snapshots s
    WHERE s.group_id = of_group AND s.id = of_snapshot;
END;

-- The current snapshots of a group, as known at a time: those neither superseded nor retracted. Of
-- several for one date and kind, the last recorded is current; of filings, the one filed last. A
-- retraction covers everything recorded before for its date. `published_by` selects those that the
-- public could know by a day (a retracted one is never selected). `of_kind`: see report_kind.
CREATE OR REPLACE FUNCTION stockgroups.current_snapshots(
    of_group integer, known_at timestamptz, published_by date DEFAULT NULL, of_kind text DEFAULT NULL
)
RETURNS TABLE (id bigint, as_of date, is_proxy boolean, kind text, source text)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 100
BEGIN ATOMIC
    SELECT s.id, s.as_of, s.is_proxy, stockgroups.report_kind(s.source, s.is_proxy), s.source
    FROM stockgroups.snapshots s
    WHERE s.group_id = of_group AND s.recorded_at <= known_at AND NOT s.is_retraction
      AND (of_kind IS NULL OR stockgroups.report_kind(s.source, s.is_proxy) = of_kind)
      AND (published_by IS NULL OR stockgroups.public_on(s.group_id, s.id) <= published_by)
      AND NOT EXISTS (
          SELECT FROM stockgroups.snapshots n
          WHERE n.group_id = s.group_id AND n.is_proxy = s.is_proxy AND n.as_of = s.as_of
            AND stockgroups.report_kind(n.source, n.is_proxy)
                = stockgroups.report_kind(s.source, s.is_proxy)
            AND n.recorded_at <= known_at
            AND CASE
                WHEN n.is_retraction THEN n.id > s.id
                WHEN published_by IS NOT NULL
                     AND stockgroups.public_on(n.group_id, n.id) > published_by THEN false
                WHEN n.id > s.id
                THEN stockgroups.filed_on(n.source, n.published_on)
                     >= stockgroups.filed_on(s.source, s.published_on)
                ELSE stockgroups.filed_on(n.source, n.published_on)
                     > stockgroups.filed_on(s.source, s.published_on)
                     AND NOT EXISTS (
                         SELECT FROM stockgroups.snapshots r
                         WHERE r.group_id = n.group_id AND r.is_proxy = n.is_proxy
                           AND r.as_of = n.as_of
                           AND stockgroups.report_kind(r.source, r.is_proxy)
                               = stockgroups.report_kind(n.source, n.is_proxy)
                           AND r.is_retraction AND r.id > n.id AND r.recorded_at <= known_at
                     )
                END
      );
END;

-- The snapshot that answers for a group on a date, among current_snapshots: a report before any
-- proxy, then the newest as-of date not after the date, then the highest source rank.
CREATE OR REPLACE FUNCTION stockgroups.effective_snapshot(
    of_group integer, on_date date, known_at timestamptz, published_by date DEFAULT NULL,
    of_kind text DEFAULT NULL
)
RETURNS TABLE (id bigint, as_of date, is_proxy boolean)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT s.id, s.as_of, s.is_proxy
    FROM stockgroups.current_snapshots(of_group, known_at, published_by, of_kind) s
    WHERE s.as_of <= on_date
    ORDER BY s.is_proxy, s.as_of DESC, stockgroups.source_rank(s.source) DESC, s.id DESC
    LIMIT 1;
END;

-- Whether a report has a ref on a day from `since` up to, not including, `until`.
CREATE OR REPLACE FUNCTION stockgroups.is_reported(of_ref integer, since date, until date)
RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT EXISTS (
        SELECT FROM stockgroups.ref_runs u
        JOIN stockgroups.snapshots s
          ON s.group_id = u.group_id AND s.is_proxy = (u.kind = 'proxy') AND NOT s.is_retraction
             AND s.as_of >= greatest(u.valid_from, is_reported.since)
             AND s.as_of < least(u.valid_to, is_reported.until)
             AND stockgroups.report_kind(s.source, s.is_proxy) = u.kind
        WHERE u.ref_ids @> ARRAY[of_ref]
          AND u.valid_from < is_reported.until AND is_reported.since < u.valid_to
    );
END;

-- Whether the name and the identifiers of a ref are those of the security that it is from `since` up to, not
-- including, `until`. If its symbol changed hands, a ref is several securities in turn, and it is
-- evidence only for those on whose days a report has it. The planner inlines this.
CREATE OR REPLACE FUNCTION stockgroups.is_evidence(of_ref integer, since date, until date)
RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT (since = '-infinity' AND until = 'infinity')
           OR stockgroups.is_reported(of_ref, since, until);
END;

-- The contents of a snapshot of a date, in its source's order: each ref, its security on the
-- snapshot's date, this security's symbol of today, the reported symbol (or, if no ticker was
-- reported, the security's symbol on that date), weight, shares, and the ref's other fields. A ref's security
-- comes from security_refs (whose rows for a ref cover all dates), or else it is the one with the
-- ref's symbol on the date. A ref without a security goes by its own symbol; without a symbol it is
-- not a position.
CREATE OR REPLACE FUNCTION stockgroups.positions_of(
    of_group integer, of_snapshot bigint, of_date date
)
RETURNS TABLE (
    ref_id integer, security_id integer, symbol varchar, reported_symbol varchar,
    weight double precision, shares double precision, name text, cusip text, isin text, sedol text,
    figi text, country text, currency text
)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 500
BEGIN ATOMIC
    SELECT f.id, c.id, coalesce(c.symbol, f.symbol),
           CASE WHEN f.symbol <> coalesce(f.isin, '') THEN f.symbol ELSE coalesce(
               (
                   SELECT min(d.symbol) FROM stockgroups.security_symbols d
                   WHERE d.security_id = c.id AND d.valid_from <= s.as_of AND s.as_of < d.valid_to
               ),
               c.symbol,
               f.symbol
           ) END,
           s.weight, s.shares,
           f.name, f.cusip, f.isin, f.sedol, f.figi, f.country, f.currency
    FROM (
        -- OFFSET 0: many snapshots are unfolded first, then joined once. Otherwise, where nested
        -- loops are forbidden, each was joined with all refs.
        SELECT c.as_of, u.ref_id, u.weight, u.shares
        FROM stockgroups.full_snapshots c
        CROSS JOIN LATERAL unnest(c.ref_ids, c.weights, c.shares) AS u (ref_id, weight, shares)
        WHERE c.group_id = of_group AND c.id = of_snapshot AND c.as_of = of_date
        OFFSET 0
    ) s
    JOIN stockgroups.refs f ON f.id = s.ref_id
    LEFT JOIN stockgroups.security_refs x
           ON x.ref_id = f.id AND x.valid_from <= s.as_of AND s.as_of < x.valid_to
    LEFT JOIN stockgroups.security_symbols y
           ON y.symbol = f.symbol AND y.environment = f.environment
          AND y.valid_from <= s.as_of AND s.as_of < y.valid_to
    LEFT JOIN stockgroups.securities c ON c.id = coalesce(x.security_id, y.security_id)
    WHERE f.symbol IS NOT NULL OR c.id IS NOT NULL;
END;

-- The hash of a membership, to detect changes by other programs. hash_numeric ignores trailing
-- zeros, as equality does.
CREATE OR REPLACE FUNCTION stockgroups.hash_membership(symbol varchar, weight numeric)
RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN hashtextextended(symbol, coalesce(hash_numeric_extended(weight, 0), 1));

-- The environment of an entry of the old store: the one it names, in any case, or else DEFAULT
-- (which the old default `development` was).
CREATE OR REPLACE FUNCTION stockgroups.home_of_entry(named text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN upper(btrim(named, E' \t\n\r\f\v')) IN ('DEFAULT', 'TEST', 'UAT', 'PROD')
    THEN upper(btrim(named, E' \t\n\r\f\v'))
    ELSE 'DEFAULT'
END;
