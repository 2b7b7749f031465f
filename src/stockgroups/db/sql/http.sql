-- Statements of the answers over HTTP.

-- name: read_mark
-- A text that changes whenever any program writes a row on which answers depend. It hashes each
-- row's place and writing transaction, so no value is read. A rewrite of a whole table changes it
-- too.
SELECT (SELECT count(*) || ' ' || bit_xor(hashtidextended(ctid, xmin::text::bigint))
        FROM public.definition_groups),
       (SELECT count(*) || ' ' || bit_xor(hashtidextended(ctid, xmin::text::bigint))
        FROM public.group_memberships),
       (SELECT count(*) || ' ' || bit_xor(hashtidextended(ctid, xmin::text::bigint))
        FROM public.cache_entries),
       (SELECT count(*) || ' ' || max(id) FROM stockgroups.directories)

-- name: prefer_indexes
-- Repeated requests find their rows in memory. With the default cost the server reads all 30,000
-- refs to find the 500 of one fund.
SET random_page_cost = 1.1
