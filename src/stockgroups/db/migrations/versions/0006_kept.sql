-- What other programs wrote besides symbols and weights, kept so that it can be restored.

-- Metadata of memberships as another program wrote them, by the symbol in the snapshot.
ALTER TABLE stockgroups.snapshots ADD COLUMN member_metadata jsonb;

-- A group's own row (description, metadata, liquidity_filter) as this program last wrote, adopted
-- or recorded it.
ALTER TABLE stockgroups.group_registry ADD COLUMN definition jsonb;

-- Entries of cache_entries before a build replaced them. `value` is NULL if there was no entry
-- before; `written` (the MD5 of the new value as text) is NULL if there was none afterwards.
CREATE TABLE stockgroups.replaced_entries (
    load_id bigint NOT NULL,
    entry_id bigint NOT NULL,
    environment text NOT NULL,
    type text NOT NULL,
    name text,
    key text NOT NULL,
    value jsonb,
    created_at timestamptz,
    updated_at timestamptz,
    written uuid,
    PRIMARY KEY (load_id, entry_id)
);
