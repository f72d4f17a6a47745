-- Analytics: user_id and session_id are keyed hashes, never ids of an account or a conversation -----------------------

CREATE TABLE IF NOT EXISTS iris.iris_events (
    id         uuid NOT NULL DEFAULT gen_random_uuid(),
    user_id    text,
    event_type text NOT NULL,
    timestamp  timestamptz NOT NULL DEFAULT now(),
    metadata   jsonb NOT NULL DEFAULT '{}',
    session_id text,
    PRIMARY KEY (id, timestamp)
) PARTITION BY RANGE (timestamp);

-- What makes two errors the same one: all that says what failed, and nothing that says when or for whom. Rows carry it, so it
-- never changes its meaning.
CREATE OR REPLACE FUNCTION iris.error_fingerprint(p_type text, p_message text, p_context jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN left(encode(sha256(convert_to(jsonb_build_array(p_type, p_message, p_context->'provider', p_context->'model',
    p_context->'reason', p_context->'route')::text, 'UTF8')), 'hex'), 16);

-- Up to version 3 errors lay in one plain table, whose rows move into the partitions below.
DO $$
BEGIN
    IF (SELECT relkind FROM pg_class WHERE oid = to_regclass('iris.iris_errors')) = 'r' THEN
        DROP INDEX IF EXISTS iris.iris_errors_timestamp;
        ALTER TABLE iris.iris_errors DROP CONSTRAINT iris_errors_pkey;
        ALTER TABLE iris.iris_errors RENAME TO iris_errors_plain;
    END IF;
END $$;

CREATE TABLE IF NOT EXISTS iris.iris_errors (
    id            uuid NOT NULL DEFAULT gen_random_uuid(),
    error_type    text NOT NULL,
    -- A template, without anything a user wrote.
    error_message text NOT NULL,
    timestamp     timestamptz NOT NULL DEFAULT now(),
    user_id       text,
    context       jsonb NOT NULL DEFAULT '{}',
    fingerprint   text NOT NULL GENERATED ALWAYS AS (iris.error_fingerprint(error_type, error_message, context)) STORED,
    -- When the row was written, which for what was spooled or imported is later than it happened: groups go by it.
    recorded_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (id, timestamp)
) PARTITION BY RANGE (timestamp);
CREATE INDEX IF NOT EXISTS iris_errors_timestamp ON iris.iris_errors (timestamp);
CREATE INDEX IF NOT EXISTS iris_errors_fingerprint ON iris.iris_errors (fingerprint, timestamp);
CREATE INDEX IF NOT EXISTS iris_errors_recorded ON iris.iris_errors (recorded_at);

-- Monthly partitions of the big tables, from the month of `from_day` on. A default partition catches what no month takes, so
-- that a clock or a forgotten timer never loses a row; a month that is made later takes its rows from there.
CREATE OR REPLACE FUNCTION iris.ensure_partitions(from_day date, months integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    parent    text;
    partition text;
    key       text;
    -- Those that can be written: what is generated is generated again.
    columns   text;
    month     date;
    first     timestamptz;
    next      timestamptz;
BEGIN
    FOR parent, key IN VALUES ('iris_messages', 'created_at'), ('iris_events', 'timestamp'), ('iris_errors', 'timestamp') LOOP
        EXECUTE format('CREATE TABLE IF NOT EXISTS iris.%I PARTITION OF iris.%I DEFAULT', parent || '_rest', parent);
        SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) INTO columns
          FROM pg_attribute a
         WHERE a.attrelid = format('iris.%I', parent)::regclass AND a.attnum > 0 AND NOT a.attisdropped
           AND a.attgenerated = '';
        FOR step IN 0 .. months - 1 LOOP
            month := (date_trunc('month', from_day::timestamp) + make_interval(months => step))::date;
            partition := parent || to_char(month, '_YYYYMM');
            CONTINUE WHEN to_regclass(format('iris.%I', partition)) IS NOT NULL;
            first := month::timestamp AT TIME ZONE 'UTC';
            next := (month + interval '1 month')::timestamp AT TIME ZONE 'UTC';
            EXECUTE format('CREATE TABLE iris.%I (LIKE iris.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED)',
                partition, parent);
            EXECUTE format('WITH moved AS (DELETE FROM iris.%1$I WHERE %2$I >= %3$L AND %2$I < %4$L RETURNING *) '
                'INSERT INTO iris.%5$I (%6$s) SELECT %6$s FROM moved',
                parent || '_rest', key, first, next, partition, columns);
            EXECUTE format('ALTER TABLE iris.%I ATTACH PARTITION iris.%I FOR VALUES FROM (%L) TO (%L)',
                parent, partition, first, next);
        END LOOP;
    END LOOP;
END $$;
DO $$ BEGIN PERFORM iris.ensure_partitions((now() AT TIME ZONE 'UTC')::date, 3); END $$;

DO $$
BEGIN
    IF to_regclass('iris.iris_errors_plain') IS NOT NULL THEN
        PERFORM iris.ensure_partitions((now() AT TIME ZONE 'UTC')::date - 120, 5);
        INSERT INTO iris.iris_errors (id, error_type, error_message, timestamp, user_id, context)
        SELECT p.id, p.error_type, p.error_message, p.timestamp, p.user_id, p.context FROM iris.iris_errors_plain p;
        DROP TABLE iris.iris_errors_plain;
    END IF;
END $$;
