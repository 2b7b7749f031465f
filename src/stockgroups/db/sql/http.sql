-- Statements of the answers over HTTP.

-- name: read_mark
-- A text that is another one as soon as any row is written that answers are made of, whoever writes it: each row is
-- told by its place and by the transaction that wrote it, so that no value is read. A table that is rewritten as a whole
-- counts as changed, too.
SELECT (SELECT count(*) || ' ' || bit_xor(hashtidextended(ctid, xmin::text::bigint))
        FROM public.definition_groups),
       (SELECT count(*) || ' ' || bit_xor(hashtidextended(ctid, xmin::text::bigint))
        FROM public.group_memberships),
       (SELECT count(*) || ' ' || bit_xor(hashtidextended(ctid, xmin::text::bigint))
        FROM public.cache_entries),
       (SELECT count(*) || ' ' || max(id) FROM stockgroups.directories)

-- name: prefer_indexes
-- What is asked over and over lies in memory. By its usual estimate the server reads 30,000 refs one
-- after the other to find the 500 of a fund.
SET random_page_cost = 1.1
