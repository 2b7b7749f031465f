-- name: read_clock
-- Read after the lock, so no recording time is earlier than that of the previous writer.
SELECT clock_timestamp()

-- name: advance_numbers
-- If another program deletes groups or creates their table again, the sequence may restart. Numbers
-- in the registry are never given twice.
SELECT setval(sequence, highest)
FROM (
    SELECT pg_get_serial_sequence('public.definition_groups', 'id')::regclass AS sequence,
           greatest((SELECT max(id) FROM public.definition_groups),
                    (SELECT max(id) FROM stockgroups.group_registry)) AS highest
) numbers
WHERE highest > coalesce(pg_sequence_last_value(sequence), 0)

-- name: register_groups
-- A group that another program created keeps its number, unless the registry gave this number to
-- another group.
INSERT INTO stockgroups.group_registry (id, environment, type, name)
SELECT CASE WHEN g.id IS NULL OR taken.id IS NOT NULL
            THEN nextval(pg_get_serial_sequence('public.definition_groups', 'id'))
            ELSE g.id END,
       %(environment)s, w.type, w.name
FROM jsonb_to_recordset(%(groups)s) AS w (type text, name text)
LEFT JOIN public.definition_groups g
       ON g.environment = %(environment)s AND g.type = w.type AND g.name = w.name
LEFT JOIN stockgroups.group_registry taken ON taken.id = g.id
LEFT JOIN stockgroups.group_registry r
       ON r.environment = %(environment)s AND r.type = w.type AND r.name = w.name
WHERE r.id IS NULL
ORDER BY w.type, w.name
ON CONFLICT (environment, type, name) DO NOTHING

-- name: create_groups
-- A deleted group gets its number back, unless another group has it now. The numbers of an adopted
-- table may be GENERATED ALWAYS.
INSERT INTO public.definition_groups (id, name, type, environment, description, metadata)
OVERRIDING SYSTEM VALUE
SELECT CASE WHEN taken.id IS NOT NULL
            THEN nextval(pg_get_serial_sequence('public.definition_groups', 'id'))
            ELSE r.id END,
       r.name, r.type, r.environment, r.name, '{}'
FROM jsonb_to_recordset(%(groups)s) AS w (type text, name text)
JOIN stockgroups.group_registry r
  ON r.environment = %(environment)s AND r.type = w.type AND r.name = w.name
LEFT JOIN public.definition_groups taken ON taken.id = r.id
LEFT JOIN public.definition_groups g
       ON g.environment = r.environment AND g.type = r.type AND g.name = r.name
WHERE g.id IS NULL
ORDER BY r.id
ON CONFLICT (name, type, environment) DO NOTHING
RETURNING id

-- name: read_groups
SELECT w.type, w.name, r.id, g.id, r.snapshot_id, g.description, g.metadata, g.liquidity_filter,
       coalesce(r.definition = jsonb_build_object(
           'description', g.description, 'metadata', g.metadata,
           'liquidity_filter', g.liquidity_filter), false),
       cardinality(r.member_hashes)
FROM jsonb_to_recordset(%(groups)s) AS w (type text, name text)
LEFT JOIN stockgroups.group_registry r
       ON r.environment = %(environment)s AND r.type = w.type AND r.name = w.name
LEFT JOIN public.definition_groups g
       ON g.environment = %(environment)s AND g.type = w.type AND g.name = w.name

-- name: read_members
SELECT group_id, array_agg(symbol::text), array_agg(weight::float8)
FROM public.group_memberships
WHERE group_id = ANY (%(group_ids)s)
GROUP BY group_id

-- name: read_member_metadata
SELECT group_id, jsonb_object_agg(symbol, metadata)
FROM public.group_memberships
WHERE group_id = ANY (%(group_ids)s) AND jsonb_typeof(metadata) = 'object' AND metadata <> '{}'
GROUP BY group_id

-- name: read_industries
SELECT group_id, array_agg(symbol::text), array_agg(metadata ->> 'industry')
FROM public.group_memberships
WHERE group_id = ANY (%(group_ids)s)
GROUP BY group_id

-- name: read_snapshot_refs
-- The contents of snapshots; the symbol is empty if the ref has none.
SELECT s.id, array_agg(m.ref_id), array_agg(coalesce(r.symbol, '')::text), array_agg(m.weight)
FROM stockgroups.full_snapshots s
CROSS JOIN LATERAL unnest(
    s.ref_ids, coalesce(s.weights, array_fill(NULL::float8, ARRAY[s.member_count]))
) AS m (ref_id, weight)
JOIN stockgroups.refs r ON r.id = m.ref_id
WHERE (s.group_id, s.id) IN (SELECT * FROM unnest(%(registry_ids)s::int[], %(snapshot_ids)s::bigint[]))
GROUP BY s.id

-- name: read_reported_refs
-- The contents of snapshots, with all that was reported.
SELECT s.id, r.symbol::text, r.ticker, r.name, r.cusip, r.isin, r.sedol, r.figi, r.exchange,
       r.country, r.currency
FROM stockgroups.full_snapshots s
JOIN stockgroups.refs r ON r.id = ANY (s.ref_ids)
WHERE (s.group_id, s.id) IN (SELECT * FROM unnest(%(registry_ids)s::int[], %(snapshot_ids)s::bigint[]))
ORDER BY s.id, r.id

-- name: read_names
-- The known names of a snapshot's refs (see Ref.known_as), with their weights.
SELECT coalesce(r.symbol, 'CUSIP ' || r.cusip, 'SEDOL ' || r.sedol, 'FIGI ' || r.figi)::text, m.weight
FROM stockgroups.full_snapshots s
CROSS JOIN LATERAL unnest(
    s.ref_ids, coalesce(s.weights, array_fill(NULL::float8, ARRAY[s.member_count]))
) AS m (ref_id, weight)
JOIN stockgroups.refs r ON r.id = m.ref_id
WHERE s.group_id = %(registry_id)s AND s.id = %(snapshot_id)s

-- name: read_marks
-- What snapshots have on their members besides symbol and weight: another program's metadata, or
-- else the industry.
SELECT s.id, m.ref_id, coalesce(r.symbol, '')::text,
       coalesce(s.member_metadata -> r.symbol,
                jsonb_build_object('industry', s.industry_labels[nullif(m.code, 0)]))
FROM stockgroups.full_snapshots s
CROSS JOIN LATERAL unnest(
    s.ref_ids, coalesce(s.industry_codes, array_fill(0::smallint, ARRAY[s.member_count]))
) AS m (ref_id, code)
JOIN stockgroups.refs r ON r.id = m.ref_id
WHERE (s.group_id, s.id) IN (SELECT * FROM unnest(%(registry_ids)s::int[], %(snapshot_ids)s::bigint[]))
  AND (s.member_metadata ? r.symbol OR m.code > 0)

-- name: read_unresolved
-- The snapshots whose receipts have unresolved rows: number and weight of these rows, and their
-- refs.
SELECT s.group_id, s.id, s.as_of, (s.receipt #>> '{rows,unresolved}')::int,
       (s.receipt #>> '{weights,unresolved}')::float8, n.ref_ids, n.weights
FROM stockgroups.full_snapshots s
CROSS JOIN LATERAL (
    SELECT array_agg(m.ref_id) AS ref_ids, array_agg(m.weight) AS weights
    FROM unnest(
        s.ref_ids, coalesce(s.weights, array_fill(NULL::float8, ARRAY[s.member_count]))
    ) AS m (ref_id, weight)
    JOIN stockgroups.refs r ON r.id = m.ref_id AND r.symbol IS NULL
) n
WHERE (s.group_id, s.id) IN (SELECT * FROM unnest(%(registry_ids)s::int[], %(snapshot_ids)s::bigint[]))
  AND (s.receipt #>> '{rows,unresolved}')::int > 0

-- name: find_drift
-- A quick check for changes by other programs: whether the hash of a group's memberships differs
-- from the last written one (see point_groups), and how many memberships there are. A false alarm
-- costs only a comparison member by member.
WITH stored AS (
    SELECT group_id, count(*) AS members,
           bit_xor(stockgroups.hash_membership(symbol, weight)) AS hash
    FROM public.group_memberships
    WHERE group_id = ANY (%(group_ids)s::int[])
    GROUP BY group_id
)
SELECT g.id, stored.hash IS DISTINCT FROM r.member_hash, coalesce(stored.members, 0)
FROM public.definition_groups g
LEFT JOIN stockgroups.group_registry r USING (environment, type, name)
LEFT JOIN stored ON stored.group_id = g.id
WHERE g.id = ANY (%(group_ids)s::int[])

-- name: has_refs
SELECT EXISTS (SELECT FROM stockgroups.refs r WHERE r.environment = %(environment)s)

-- name: find_refs
-- Several rows if the same report led to several symbols: the caller selects its own.
SELECT f.n::int, r.id, r.symbol::text
FROM unnest(%(fingerprints)b::uuid[]) WITH ORDINALITY AS f (fingerprint, n)
JOIN stockgroups.refs r ON r.fingerprint = f.fingerprint AND r.environment = %(environment)s

-- name: reserve_ref_ids
-- Reserve consecutive numbers in one step and return the last one. The lock, held until the commit,
-- serializes writers of all environments.
WITH alone AS MATERIALIZED (
    SELECT pg_advisory_xact_lock(hashtext('stockgroups.refs')),
           CAST(pg_get_serial_sequence('stockgroups.refs', 'id') AS regclass) AS ids
)
SELECT setval(ids, nextval(ids) + %(count)s - 1)::int FROM alone

-- name: copy_refs
-- Number, environment and fingerprint, then the fields of a Ref in their order. A field that was
-- not reported is NULL, never empty.
COPY stockgroups.refs (
    id, environment, fingerprint, symbol, ticker, name, cusip, isin, sedol, figi, exchange, country, currency
) FROM STDIN (NULL '')

-- name: reserve_snapshot_ids
SELECT nextval(pg_get_serial_sequence('stockgroups.snapshots', 'id'))
FROM generate_series(1, %(count)s)

-- name: append_snapshot
INSERT INTO stockgroups.full_snapshots (
    group_id, as_of, recorded_at, source, file_name, sha256, reader, issuer, is_proxy, net_assets,
    receipt, digest, member_count, ref_ids, weights, shares, sector_labels, sector_codes,
    industry_labels, industry_codes, member_metadata, load_id, published_on, id
) VALUES (
    %(registry_id)s, %(as_of)s, %(recorded_at)s, %(source)s, %(file_name)s,
    decode(%(sha256)s, 'hex'), %(reader)s, %(issuer)s, %(is_proxy)s, %(net_assets)s,
    %(receipt)s, %(digest)s::uuid, %(member_count)s, %(ref_ids)b::int[], %(weights)b::float8[],
    %(shares)b::float8[], %(sector_labels)s::text[], %(sector_codes)b::smallint[],
    %(industry_labels)s::text[], %(industry_codes)b::smallint[], %(member_metadata)s, %(load_id)s,
    %(published_on)s, %(id)s
)

-- name: remove_members
DELETE FROM public.group_memberships
WHERE group_id = %(group_id)s AND symbol = ANY (%(symbols)s)

-- name: reweight_members
-- By text, because a cast of a float to numeric keeps 15 digits of up to 17. `whole` names the groups if
-- a large part of each changes: they are read as a whole. Otherwise it is NULL, and each membership is
-- looked up; for more than one in a hundred of all, the planner would read all memberships instead.
UPDATE public.group_memberships m
SET weight = u.weight::text::numeric, updated_at = now()
FROM unnest(%(group_ids)b::int[], %(symbols)s::text[], %(weights)b::float8[])
    AS u (group_id, symbol, weight)
WHERE m.group_id = u.group_id AND m.symbol = u.symbol
  AND (%(whole)b::int[] IS NULL OR m.group_id = ANY (%(whole)b::int[]))

-- name: relabel_members
-- Metadata keys that other programs wrote stay.
UPDATE public.group_memberships m
SET metadata = CASE WHEN jsonb_typeof(m.metadata) = 'object' THEN m.metadata - 'industry' ELSE '{}' END
               || u.mark::jsonb,
    updated_at = now()
FROM unnest(%(group_ids)b::int[], %(symbols)s::text[], %(marks)s::text[])
    AS u (group_id, symbol, mark)
WHERE m.group_id = u.group_id AND m.symbol = u.symbol

-- name: copy_members
COPY public.group_memberships (group_id, symbol, weight) FROM STDIN (NULL '')

-- name: copy_labelled_members
COPY public.group_memberships (group_id, symbol, weight, metadata) FROM STDIN

-- name: point_groups
-- member_hash is the exclusive or of the hashes of the stored memberships; member_hashes has 31
-- bits of each hash.
UPDATE stockgroups.group_registry r
SET snapshot_id = u.snapshot_id,
    (member_hash, member_hashes) = (
        SELECT bit_xor(m.hash), coalesce(array_agg((m.hash & 2147483647)::int), '{}')
        FROM (
            SELECT stockgroups.hash_membership(symbol, weight) AS hash
            FROM public.group_memberships
            WHERE group_id = u.group_id
        ) m
    )
FROM unnest(%(registry_ids)s::int[], %(group_ids)s::int[], %(snapshot_ids)s::bigint[])
    AS u (registry_id, group_id, snapshot_id)
WHERE r.id = u.registry_id

-- name: remember_definitions
-- Store the present definitions of groups, so that they can be restored if another program changes
-- them.
UPDATE stockgroups.group_registry r
SET definition = jsonb_build_object('description', g.description, 'metadata', g.metadata,
                                    'liquidity_filter', g.liquidity_filter)
FROM public.definition_groups g
WHERE g.id = ANY (%(group_ids)s) AND r.environment = g.environment AND r.type = g.type
  AND r.name = g.name

-- name: update_groups
-- Metadata keys that other programs wrote stay.
UPDATE public.definition_groups g
SET description = CASE WHEN w.cleared ? 'description' THEN NULL
                       ELSE coalesce(w.description, g.description) END,
    metadata = CASE WHEN jsonb_typeof(g.metadata) = 'object'
                    THEN g.metadata - ARRAY(SELECT jsonb_array_elements_text(w.dropped)) ELSE '{}'
               END || w.metadata,
    liquidity_filter = CASE WHEN w.cleared ? 'liquidity_filter' THEN NULL
                            ELSE coalesce(w.liquidity_filter, g.liquidity_filter) END,
    updated_at = now(),
    last_update = now()
FROM jsonb_to_recordset(%(groups)s) AS w (
    id int, description text, metadata jsonb, dropped jsonb, cleared jsonb, liquidity_filter jsonb
)
WHERE g.id = w.id

-- name: delete_groups
DELETE FROM public.definition_groups WHERE id = ANY (%(group_ids)s)

-- name: forget_pointers
-- The registry keeps a deleted group's number, but no memberships belong to its record now.
UPDATE stockgroups.group_registry SET snapshot_id = NULL
WHERE environment = %(environment)s AND (type, name) IN (
    SELECT type, name FROM jsonb_to_recordset(%(groups)s) AS w (type text, name text)
)

-- name: list_groups
SELECT name FROM public.definition_groups
WHERE environment = %(environment)s AND type = %(type)s
ORDER BY name COLLATE "C"

-- name: known_files
-- Which of these files were read before, under which names and by which readers. If the date was
-- retracted later, the row is of the file's own snapshot.
SELECT encode(s.sha256, 'hex'), s.file_name, s.reader, r.name, s.as_of, s.source, s.member_count,
       s.receipt
FROM stockgroups.snapshots s
JOIN stockgroups.group_registry r ON r.id = s.group_id
WHERE r.environment = %(environment)s AND r.type = 'ETF'
  AND NOT s.is_retraction
  AND s.sha256 IN (SELECT decode(h, 'hex') FROM unnest(%(hashes)s::text[]) h)

-- name: find_displaced
-- Which of these files lost their date to a file with accepted suspicions. Only files without
-- suspicions, and only if the suspicious file is not among these files.
SELECT DISTINCT encode(s.sha256, 'hex')
FROM stockgroups.snapshots s
JOIN stockgroups.group_registry r ON r.id = s.group_id
CROSS JOIN LATERAL (
    SELECT t.id, t.sha256, t.is_retraction, t.receipt
    FROM stockgroups.snapshots t
    WHERE t.group_id = s.group_id AND t.as_of = s.as_of
      AND stockgroups.report_kind(t.source, t.is_proxy)
          = stockgroups.report_kind(s.source, s.is_proxy)
    ORDER BY t.id DESC
    LIMIT 1
) last
WHERE r.environment = %(environment)s AND r.type = %(type)s
  AND s.sha256 IN (SELECT decode(h, 'hex') FROM unnest(%(hashes)s::text[]) h)
  AND last.sha256 NOT IN (SELECT decode(h, 'hex') FROM unnest(%(hashes)s::text[]) h)
  AND NOT last.is_retraction
  AND jsonb_array_length(coalesce(last.receipt -> 'suspicions', '[]')) > 0
  AND jsonb_array_length(coalesce(s.receipt -> 'suspicions', '[]')) = 0

-- name: analyze_members
-- Only the columns in conditions. Without statistics the planner expects one group, so it
-- underestimates the work for each group.
ANALYZE public.definition_groups (id, environment, type, name),
        public.group_memberships (group_id, symbol),
        stockgroups.group_registry (id, environment, type, name)

-- name: judge_statistics
-- Whether the server's statistics describe other data than this load's, so that plans would expect
-- few rows: they were collected from other environments, because this one has few loads, or from
-- fewer refs than this load has. For tables that were never analysed (-1) the server estimates by
-- size, which is good enough.
SELECT version <= %(loads)s AND EXISTS (
    SELECT FROM stockgroups.env_state o WHERE o.environment <> e.environment AND o.version > 0
) OR (
    SELECT c.reltuples >= 0 AND c.reltuples < %(refs)s
    FROM pg_catalog.pg_class c
    WHERE c.oid = 'stockgroups.refs'::regclass
), (
    -- Whether the memberships have grown by the share since they were analysed. The server may not
    -- have counted this load yet; the flush makes it count now, before an analysis resets the
    -- count.
    SELECT c.reltuples < 0
           OR pg_catalog.pg_stat_get_live_tuples(c.oid) + %(changed)s
              > (1 + %(share)s) * c.reltuples
    FROM pg_catalog.pg_class c
    WHERE c.oid = 'public.group_memberships'::regclass
), pg_catalog.pg_stat_force_next_flush()
FROM stockgroups.env_state e
WHERE environment = %(environment)s

-- name: analyze_all
-- All tables that a large load fills, in the load's own transaction. The server's automatic
-- analysis cannot see uncommitted rows: it would find empty tables, and later statements would be
-- planned for one row. Our own analysis also keeps others from analysing the same tables.
ANALYZE public.definition_groups (id, environment, type, name),
        public.group_memberships (group_id, symbol),
        stockgroups.group_registry,
        stockgroups.refs (id, environment, fingerprint, symbol, cusip, isin, sedol, figi),
        stockgroups.snapshots (id, group_id, as_of, is_proxy, sha256),
        stockgroups.securities,
        stockgroups.security_symbols,
        stockgroups.security_refs,
        stockgroups.membership_history

-- name: find_filings
-- The current N-PORT filings of funds on dates, among those public by a filing day (NULL: all):
-- filing day, form and number. OFFSET 0: each date is looked up, because a condition on the result of
-- current_snapshots would be checked for all filings of the fund.
SELECT r.name, s.as_of, u.filed_on, s.published_on, s.receipt #>> '{filing,form}',
       s.receipt #>> '{filing,accession}'
FROM unnest(%(names)s::text[], %(dates)s::date[], %(filed)s::date[]) AS u (name, as_of, filed_on)
JOIN stockgroups.group_registry r
  ON r.environment = %(environment)s AND r.type = 'ETF' AND r.name = u.name
CROSS JOIN LATERAL (
    SELECT f.as_of, f.published_on, f.receipt
    FROM stockgroups.snapshots f
    WHERE f.group_id = r.id AND NOT f.is_proxy AND f.as_of = u.as_of
      AND EXISTS (
          SELECT FROM stockgroups.current_snapshots(r.id, 'infinity', u.filed_on, 'nport') c
          WHERE c.id = f.id OFFSET 0
      )
    OFFSET 0
) s

-- name: list_recorded
-- The ETFs in the record, or some of them: whether it has anything but proxies, whether the group exists now,
-- whether this program deleted it, and whether the record has a holdings file.
-- One snapshot of each kind is read, because funds may have thousands.
SELECT r.name, NOT one.is_proxy, g.id IS NOT NULL, g.id IS NULL AND r.snapshot_id IS NULL,
       file.id IS NOT NULL
FROM stockgroups.group_registry r
CROSS JOIN LATERAL (
    SELECT s.is_proxy FROM stockgroups.snapshots s
    WHERE s.group_id = r.id
    ORDER BY s.is_proxy
    LIMIT 1
) one
LEFT JOIN LATERAL (
    SELECT s.id FROM stockgroups.snapshots s
    WHERE s.group_id = r.id AND NOT s.is_proxy AND s.source <> ALL (%(no_files)s)
    LIMIT 1
) file ON true
LEFT JOIN public.definition_groups g USING (environment, type, name)
WHERE r.environment = %(environment)s AND r.type = 'ETF'
  AND (%(names)s::text[] IS NULL OR r.name = ANY (%(names)s))

-- name: amend_snapshots
-- Record a snapshot again, for its group or another one, or retract its date. A retraction records
-- only the source, and precedes snapshots that are recorded again for the same date.
INSERT INTO stockgroups.full_snapshots (
    group_id, as_of, recorded_at, source, file_name, sha256, reader, issuer, is_proxy, net_assets,
    receipt, digest, member_count, ref_ids, weights, shares, sector_labels, sector_codes,
    industry_labels, industry_codes, member_metadata, load_id, published_on, is_retraction
)
SELECT a.target, s.as_of, %(recorded_at)s, s.source, s.file_name, s.sha256, s.reader, s.issuer,
       s.is_proxy,
       CASE WHEN a.restates THEN s.net_assets END,
       CASE WHEN a.restates THEN s.receipt END,
       CASE WHEN a.restates THEN s.digest ELSE '00000000-0000-0000-0000-000000000000' END,
       CASE WHEN a.restates THEN s.member_count ELSE 0 END,
       CASE WHEN a.restates THEN s.ref_ids END,
       CASE WHEN a.restates THEN s.weights END,
       CASE WHEN a.restates THEN s.shares END,
       CASE WHEN a.restates THEN s.sector_labels END,
       CASE WHEN a.restates THEN s.sector_codes END,
       CASE WHEN a.restates THEN s.industry_labels END,
       CASE WHEN a.restates THEN s.industry_codes END,
       CASE WHEN a.restates THEN s.member_metadata END,
       %(load_id)s, s.published_on, NOT a.restates
FROM unnest(%(registry_ids)s::int[], %(snapshot_ids)s::bigint[], %(restates)s::bool[],
            %(into)s::int[])
    AS a (registry_id, snapshot_id, restates, target)
JOIN stockgroups.full_snapshots s ON s.group_id = a.registry_id AND s.id = a.snapshot_id
ORDER BY a.target, s.as_of, a.restates, s.id
