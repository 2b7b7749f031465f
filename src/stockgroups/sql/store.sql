-- name: read_clock
-- After the lock: a time of recording is never earlier than that of the writer before.
SELECT clock_timestamp()

-- name: read_lock_timeout
SELECT current_setting('lock_timeout')

-- name: set_lock_timeout
SELECT set_config('lock_timeout', %(timeout)s, true)

-- name: lock_tables
-- In the order in which other programs write them: a group, then its members.
LOCK TABLE public.definition_groups, public.group_memberships IN SHARE ROW EXCLUSIVE MODE

-- name: name_writers
-- Who holds the tables, in a transaction that is open, against such a lock.
SELECT string_agg(
           format('%s (process %s of %s%s)', coalesce(nullif(a.application_name, ''), 'a program'),
                  a.pid, a.usename, ', since ' || to_char(a.xact_start, 'HH24:MI:SS')),
           ', ' ORDER BY a.pid)
FROM pg_stat_activity a
WHERE a.pid <> pg_backend_pid() AND EXISTS (
    SELECT FROM pg_locks l
    WHERE l.pid = a.pid AND l.granted
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND l.relation IN ('public.definition_groups'::regclass, 'public.group_memberships'::regclass)
      AND l.mode NOT IN ('AccessShareLock', 'RowShareLock')
)

-- name: register_groups
-- A group that another program made keeps its number; one that was deleted here takes it back.
INSERT INTO stockgroups.group_registry (id, environment, type, name)
SELECT coalesce(g.id, nextval(pg_get_serial_sequence('public.definition_groups', 'id'))),
       %(environment)s, w.type, w.name
FROM jsonb_to_recordset(%(groups)s) AS w (type text, name text)
LEFT JOIN public.definition_groups g
       ON g.environment = %(environment)s AND g.type = w.type AND g.name = w.name
WHERE NOT EXISTS (
    SELECT FROM stockgroups.group_registry r
    WHERE r.environment = %(environment)s AND r.type = w.type AND r.name = w.name
)
ORDER BY w.type, w.name
ON CONFLICT (environment, type, name) DO NOTHING

-- name: create_groups
-- An adopted table's numbers may be an identity that is always generated.
INSERT INTO public.definition_groups (id, name, type, environment, description, metadata)
OVERRIDING SYSTEM VALUE
SELECT r.id, r.name, r.type, r.environment, r.name, '{}'
FROM jsonb_to_recordset(%(groups)s) AS w (type text, name text)
JOIN stockgroups.group_registry r
  ON r.environment = %(environment)s AND r.type = w.type AND r.name = w.name
WHERE NOT EXISTS (
    SELECT FROM public.definition_groups g
    WHERE g.environment = %(environment)s AND g.type = w.type AND g.name = w.name
)
ORDER BY r.id
ON CONFLICT (name, type, environment) DO NOTHING
RETURNING id

-- name: lock_groups
-- In the order of their numbers, so that two writers never wait for each other in a circle.
SELECT g.id
FROM public.definition_groups g
JOIN jsonb_to_recordset(%(groups)s) AS w (type text, name text)
  ON g.type = w.type AND g.name = w.name
WHERE g.environment = %(environment)s
ORDER BY g.id
FOR NO KEY UPDATE OF g

-- name: read_groups
SELECT w.type, w.name, r.id, g.id, r.snapshot_id, g.description, g.metadata, g.liquidity_filter
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

-- name: read_industries
SELECT group_id, array_agg(symbol::text), array_agg(metadata ->> 'industry')
FROM public.group_memberships
WHERE group_id = ANY (%(group_ids)s)
GROUP BY group_id

-- name: read_snapshot_prints
SELECT s.id, array_agg(m.ref_id), array_agg(r.symbol::text), array_agg(m.weight)
FROM stockgroups.snapshots s
CROSS JOIN LATERAL unnest(
    s.ref_ids, coalesce(s.weights, array_fill(NULL::float8, ARRAY[s.member_count]))
) AS m (ref_id, weight)
JOIN stockgroups.refs r ON r.id = m.ref_id
WHERE (s.group_id, s.id) IN (SELECT * FROM unnest(%(registry_ids)s::int[], %(snapshot_ids)s::bigint[]))
GROUP BY s.id

-- name: find_drift
-- A quick look for changes from outside: whether a group's memberships hash to what was written
-- last (see point_groups), and how many there are. A false alarm only costs the comparison, member
-- by member.
WITH stored AS (
    SELECT group_id, count(*) AS members,
           bit_xor(hashtextextended(symbol, coalesce(hash_numeric_extended(weight, 0), 1))) AS hash
    FROM public.group_memberships
    WHERE group_id = ANY (%(group_ids)s::int[])
    GROUP BY group_id
)
SELECT g.id, stored.hash IS DISTINCT FROM r.member_hash, coalesce(stored.members, 0)
FROM public.definition_groups g
LEFT JOIN stockgroups.group_registry r USING (environment, type, name)
LEFT JOIN stored ON stored.group_id = g.id
WHERE g.id = ANY (%(group_ids)s::int[])

-- name: find_refs
SELECT f.n::int, r.id
FROM unnest(%(fingerprints)s::uuid[]) WITH ORDINALITY AS f (fingerprint, n)
JOIN stockgroups.refs r
  ON r.fingerprint = f.fingerprint AND r.environment = %(environment)s

-- name: reserve_ref_ids
-- The last of as many consecutive numbers, in one step. Writers of other environments take numbers
-- at the same time, so that the step is theirs one after the other until the commit.
WITH alone AS MATERIALIZED (
    SELECT pg_advisory_xact_lock(hashtext('stockgroups.refs')),
           CAST(pg_get_serial_sequence('stockgroups.refs', 'id') AS regclass) AS ids
)
SELECT setval(ids, nextval(ids) + %(count)s - 1)::int FROM alone

-- name: copy_refs
-- After number, environment and fingerprint, the fields of a Ref in their order.
COPY stockgroups.refs (
    id, environment, fingerprint, symbol, ticker, name, cusip, isin, sedol, figi, exchange, country, currency
) FROM STDIN

-- name: append_snapshot
INSERT INTO stockgroups.snapshots (
    group_id, as_of, recorded_at, source, file_name, sha256, reader, issuer, is_proxy, net_assets,
    receipt, digest, member_count, ref_ids, weights, shares, sector_labels, sector_codes,
    industry_labels, industry_codes, load_id
) VALUES (
    %(registry_id)s, %(as_of)s, %(recorded_at)s, %(source)s, %(file_name)s,
    decode(%(sha256)s, 'hex'), %(reader)s, %(issuer)s, %(is_proxy)s, %(net_assets)s,
    %(receipt)s, %(digest)s::uuid, %(member_count)s, %(ref_ids)b::int[], %(weights)b::float8[],
    %(shares)b::float8[], %(sector_labels)s::text[], %(sector_codes)b::smallint[],
    %(industry_labels)s::text[], %(industry_codes)b::smallint[], %(load_id)s
)
RETURNING id

-- name: remove_members
DELETE FROM public.group_memberships
WHERE group_id = %(group_id)s AND symbol = ANY (%(symbols)s)

-- name: reweight_members
UPDATE public.group_memberships m
SET weight = u.weight::numeric, updated_at = now()
FROM unnest(%(group_ids)b::int[], %(symbols)s::text[], %(weights)b::float8[])
    AS u (group_id, symbol, weight)
WHERE m.group_id = u.group_id AND m.symbol = u.symbol

-- name: relabel_members
-- Keys of the metadata that other programs keep there stay.
UPDATE public.group_memberships m
SET metadata = CASE jsonb_typeof(m.metadata) WHEN 'object' THEN m.metadata - 'industry' ELSE '{}' END
               || CASE WHEN u.industry IS NULL THEN '{}'
                       ELSE jsonb_build_object('industry', u.industry) END,
    updated_at = now()
FROM unnest(%(group_ids)b::int[], %(symbols)s::text[], %(industries)s::text[])
    AS u (group_id, symbol, industry)
WHERE m.group_id = u.group_id AND m.symbol = u.symbol

-- name: copy_members
COPY public.group_memberships (group_id, symbol, weight) FROM STDIN

-- name: copy_labelled_members
COPY public.group_memberships (group_id, symbol, weight, metadata) FROM STDIN

-- name: point_groups
-- member_hash is the exclusive or of a hash of each (symbol, weight) as they are stored now;
-- hash_numeric is blind to trailing zeros, as equality is.
UPDATE stockgroups.group_registry r
SET snapshot_id = u.snapshot_id,
    member_hash = (
        SELECT bit_xor(hashtextextended(
            m.symbol, coalesce(hash_numeric_extended(m.weight, 0), 1)))
        FROM public.group_memberships m
        WHERE m.group_id = u.group_id
    )
FROM unnest(%(registry_ids)s::int[], %(group_ids)s::int[], %(snapshot_ids)s::bigint[])
    AS u (registry_id, group_id, snapshot_id)
WHERE r.id = u.registry_id

-- name: update_groups
-- Keys of the metadata that other programs keep there stay.
UPDATE public.definition_groups g
SET description = coalesce(w.description, g.description),
    metadata = CASE jsonb_typeof(g.metadata) WHEN 'object' THEN g.metadata ELSE '{}' END
               || w.metadata,
    liquidity_filter = coalesce(w.liquidity_filter, g.liquidity_filter),
    updated_at = now(),
    last_update = now()
FROM jsonb_to_recordset(%(groups)s)
    AS w (id int, description text, metadata jsonb, liquidity_filter jsonb)
WHERE g.id = w.id

-- name: delete_groups
DELETE FROM public.definition_groups WHERE id = ANY (%(group_ids)s)

-- name: forget_pointers
-- The registry keeps a deleted group's number, but no memberships are a projection any more.
UPDATE stockgroups.group_registry SET snapshot_id = NULL
WHERE environment = %(environment)s AND (type, name) IN (
    SELECT type, name FROM jsonb_to_recordset(%(groups)s) AS w (type text, name text)
)

-- name: list_groups
SELECT name FROM public.definition_groups
WHERE environment = %(environment)s AND type = %(type)s
ORDER BY name COLLATE "C"

-- name: known_files
-- Which of these files were read before, under which names, and by which readers; of a date that
-- was taken back, what the file itself had said.
SELECT encode(s.sha256, 'hex'), s.file_name, s.reader, r.name, s.as_of, s.source, s.member_count,
       s.receipt
FROM stockgroups.snapshots s
JOIN stockgroups.group_registry r ON r.id = s.group_id
WHERE r.environment = %(environment)s AND r.type = 'ETF'
  AND s.ref_ids IS NOT NULL
  AND s.sha256 IN (SELECT decode(h, 'hex') FROM unnest(%(hashes)s::text[]) h)

-- name: analyze_members
-- The columns that statements choose by.
ANALYZE public.group_memberships (group_id, symbol)

-- name: analyze_all
-- All that a large load grows, in its own transaction: to the server's own analysis, which comes by
-- in between, these tables are empty as long as nothing is committed, and the plans of every
-- statement after it are made for one row. Who has analysed a table keeps others from it.
ANALYZE public.definition_groups (id, environment, type, name),
        public.group_memberships (group_id, symbol),
        stockgroups.group_registry,
        stockgroups.refs (id, environment, fingerprint, symbol, cusip, isin, sedol, figi),
        stockgroups.snapshots (id, group_id, as_of, is_proxy, sha256),
        stockgroups.securities,
        stockgroups.security_symbols,
        stockgroups.security_refs,
        stockgroups.membership_history

-- name: list_recorded
-- The ETFs of which the record holds anything: whether an issuer's file is among it, and whether
-- the group is there or was deleted.
SELECT r.name, bool_or(NOT s.is_proxy), bool_or(g.id IS NOT NULL)
FROM stockgroups.group_registry r
JOIN stockgroups.snapshots s ON s.group_id = r.id
LEFT JOIN public.definition_groups g USING (environment, type, name)
WHERE r.environment = %(environment)s AND r.type = 'ETF'
GROUP BY r.name

-- name: amend_snapshots
-- Say again what a snapshot said, or take its date back: then nothing but where it came from stays.
INSERT INTO stockgroups.snapshots (
    group_id, as_of, recorded_at, source, file_name, sha256, reader, issuer, is_proxy, net_assets,
    receipt, digest, member_count, ref_ids, weights, shares, sector_labels, sector_codes,
    industry_labels, industry_codes, load_id
)
SELECT s.group_id, s.as_of, %(recorded_at)s, s.source, s.file_name, s.sha256, s.reader, s.issuer,
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
       %(load_id)s
FROM unnest(%(registry_ids)s::int[], %(snapshot_ids)s::bigint[], %(restates)s::bool[])
    AS a (registry_id, snapshot_id, restates)
JOIN stockgroups.snapshots s ON s.group_id = a.registry_id AND s.id = a.snapshot_id
ORDER BY s.group_id, s.as_of, s.id
