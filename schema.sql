-- The whole schema of Phoenix Iris. Apply it at any time, from any earlier state, as the owner of the database:
--
--   psql -X -v ON_ERROR_STOP=1 -d iris -f schema.sql
--
-- It is one transaction under an advisory lock. Changes expand first and contract a release later, so that workers of
-- the release before go on serving: iris.schema_version says which version this is and which worker is the oldest one
-- that it still serves. Numbers such as limits are parameters: the rules live in the program (IrisDomain).
--
-- Parts come in an order in which each finds what it builds on. `tools/schema` prints them as the one file that is installed.

BEGIN;
SET LOCAL client_min_messages = warning;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(hashtext('iris.schema')); END $$;

CREATE SCHEMA IF NOT EXISTS iris;

CREATE TABLE IF NOT EXISTS iris.schema_version (
    only_row      boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version       integer NOT NULL,
    oldest_worker integer NOT NULL,
    applied_at    timestamptz NOT NULL DEFAULT now()
);

DO $$
DECLARE
    this_version CONSTANT integer := 4;
    found_version integer := (SELECT version FROM iris.schema_version);
BEGIN
    IF found_version > this_version THEN
        RAISE EXCEPTION 'the database has schema version %, this file is version %', found_version, this_version
            USING HINT = 'Apply the schema.sql of the newest installed release.';
    END IF;
    INSERT INTO iris.schema_version (version, oldest_worker) VALUES (this_version, 2)
    ON CONFLICT (only_row) DO UPDATE
        SET version = excluded.version, oldest_worker = excluded.oldest_worker, applied_at = now()
        WHERE schema_version.version < excluded.version;
END $$;

\ir schema/accounts.sql
\ir schema/conversations.sql
\ir schema/events.sql
\ir schema/helpers.sql
\ir schema/chat/begin.sql
\ir schema/chat/finish.sql
\ir schema/chat/after.sql
\ir schema/outbox.sql
\ir schema/identity/sessions.sql
\ir schema/identity/logins.sql
\ir schema/identity/foreign.sql
\ir schema/privacy/tables.sql
\ir schema/upkeep.sql
\ir schema/history.sql
\ir schema/import/tables.sql
\ir schema/privacy/records.sql
\ir schema/analytics/tables.sql
\ir schema/analytics/rollup.sql
\ir schema/analytics/figures.sql
\ir schema/retention.sql
\ir schema/spool.sql
\ir schema/monitoring.sql
\ir schema/import/rows.sql
\ir schema/rights.sql

COMMIT;
