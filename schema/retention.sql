-- Retention: what goes when its time is over ----------------------------------------------------------------------------

CREATE INDEX IF NOT EXISTS iris_chat_sessions_last ON iris.iris_chat_sessions (last_message_at);
CREATE INDEX IF NOT EXISTS iris_chat_sessions_deleted ON iris.iris_chat_sessions (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS iris_chat_sessions_summarised ON iris.iris_chat_sessions (summarised_until)
    WHERE summarised_until IS NOT NULL;
-- Today's rows are looked at every minute, too; the counts are in no index, so that counting rewrites none.
CREATE INDEX IF NOT EXISTS user_daily_usage_date ON iris.user_daily_usage (date);

-- The least UUIDv7 of a moment.
CREATE OR REPLACE FUNCTION iris.uuid_v7_floor(moment timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN rpad(lpad(to_hex(floor(extract(epoch FROM moment) * 1000)::bigint), 12, '0'), 32, '0')::uuid;

-- Errors by what failed, with their number, which outlives the rows: an operator reads iris.error_summary.
CREATE TABLE IF NOT EXISTS iris.error_groups (
    fingerprint   text PRIMARY KEY,
    error_type    text NOT NULL,
    error_message text NOT NULL,
    provider      text,
    model         text,
    reason        text,
    route         text,
    first_at      timestamptz NOT NULL,
    last_at       timestamptz NOT NULL,
    count         bigint NOT NULL
);
CREATE INDEX IF NOT EXISTS error_groups_last ON iris.error_groups (last_at);

-- Up to which moment of recording errors are counted there.
CREATE TABLE IF NOT EXISTS iris.error_grouping (
    only_row       boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    recorded_until timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO iris.error_grouping DEFAULT VALUES ON CONFLICT DO NOTHING;

-- Counts the next errors into their groups, some p_batch rows, each once: the lock makes two at a time take their turn, and
-- what is counted is remembered in the same transaction. Rows of the last p_lag_seconds wait, because one that was recorded
-- before them may not be committed yet. Returns how many were counted; 0: there are no more.
CREATE OR REPLACE FUNCTION iris.group_errors(
    p_lag_seconds integer, p_batch integer, p_now timestamptz DEFAULT clock_timestamp()) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    since   timestamptz;
    through timestamptz;
    counted bigint;
BEGIN
    SELECT g.recorded_until INTO since FROM iris.error_grouping g FOR UPDATE;
    SELECT max(n.recorded_at) INTO through
      FROM (SELECT e.recorded_at FROM iris.iris_errors e
             WHERE e.recorded_at > since AND e.recorded_at <= p_now - make_interval(secs => p_lag_seconds)
             ORDER BY e.recorded_at LIMIT p_batch) n;
    IF through IS NULL THEN RETURN 0; END IF;
    WITH found AS (
        SELECT e.fingerprint, min(e.error_type) AS error_type, min(e.error_message) AS error_message,
               min(e.context->>'provider') AS provider, min(e.context->>'model') AS model,
               min(e.context->>'reason') AS reason, min(e.context->>'route') AS route,
               min(e.timestamp) AS first_at, max(e.timestamp) AS last_at, count(*) AS count
          FROM iris.iris_errors e WHERE e.recorded_at > since AND e.recorded_at <= through
         GROUP BY e.fingerprint),
    kept AS (
        INSERT INTO iris.error_groups AS g (fingerprint, error_type, error_message, provider, model, reason, route, first_at,
            last_at, count)
        SELECT f.fingerprint, f.error_type, f.error_message, f.provider, f.model, f.reason, f.route, f.first_at, f.last_at,
            f.count FROM found f
        ON CONFLICT (fingerprint) DO UPDATE SET first_at = least(g.first_at, excluded.first_at),
            last_at = greatest(g.last_at, excluded.last_at), count = g.count + excluded.count)
    SELECT sum(f.count) INTO counted FROM found f;
    UPDATE iris.error_grouping SET recorded_until = through;
    RETURN counted;
END $$;

-- What failed, the latest first: how often since it was first seen, and how often in the last 24 hours.
CREATE OR REPLACE VIEW iris.error_summary AS
SELECT g.fingerprint, g.error_type, g.error_message, g.provider, g.model, g.reason, g.route, g.count,
       (SELECT count(*) FROM iris.iris_errors e
         WHERE e.fingerprint = g.fingerprint AND e.timestamp > now() - interval '24 hours') AS last_day,
       g.first_at, g.last_at
  FROM iris.error_groups g ORDER BY g.last_at DESC;

-- Removes what users and their conversations leave when its time is over, at most p_batch rows of a kind, the oldest first;
-- rows that somebody works with go another time. p_keep says for each kind how many seconds it is kept. Killed at any moment
-- it has done whole steps, and the next run goes on.
CREATE OR REPLACE FUNCTION iris.purge_past(p_keep jsonb, p_batch integer, p_now timestamptz DEFAULT clock_timestamp())
RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    said    CONSTANT timestamptz := p_now - make_interval(secs => (p_keep->>'messages')::bigint);
    -- By their ids rows are found in the order of time. They have milliseconds, the moment has more.
    ceiling CONSTANT uuid := iris.uuid_v7_floor(said + interval '1 millisecond');
    purged  jsonb := '{}';
    removed integer;
BEGIN
    DELETE FROM iris.iris_messages m
     USING (SELECT o.id, o.created_at FROM iris.iris_messages o
             WHERE o.id < ceiling AND o.created_at < said
             ORDER BY o.id, o.created_at LIMIT p_batch FOR UPDATE SKIP LOCKED) past
     WHERE m.id = past.id AND m.created_at = past.created_at;
    GET DIAGNOSTICS removed = ROW_COUNT;
    purged := purged || jsonb_build_object('messages', removed);

    DELETE FROM iris.feedback WHERE message_id = ANY (ARRAY(
        SELECT o.message_id FROM iris.feedback o
         WHERE o.message_id < ceiling AND iris.uuid_v7_time(o.message_id) < said
         ORDER BY o.message_id LIMIT p_batch FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS removed = ROW_COUNT;
    purged := purged || jsonb_build_object('feedback', removed);

    -- All that it tells of is past. The rest of a longer one is older than what was said since.
    UPDATE iris.iris_chat_sessions SET summary = NULL, summarised_until = NULL WHERE id = ANY (ARRAY(
        SELECT o.id FROM iris.iris_chat_sessions o WHERE o.summarised_until < said
         ORDER BY o.summarised_until LIMIT p_batch FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS removed = ROW_COUNT;
    purged := purged || jsonb_build_object('summaries', removed);

    -- Once all that was said in them is gone: before, most would be looked at for nothing, again and again.
    removed := 0;
    IF (purged->>'messages')::integer < p_batch THEN
        DELETE FROM iris.iris_chat_sessions WHERE id = ANY (ARRAY(
            SELECT o.id FROM iris.iris_chat_sessions o
             WHERE o.last_message_at < said
               AND NOT EXISTS (SELECT 1 FROM iris.iris_messages m WHERE m.session_id = o.session_id)
             ORDER BY o.last_message_at LIMIT p_batch FOR UPDATE SKIP LOCKED));
        GET DIAGNOSTICS removed = ROW_COUNT;
    END IF;
    purged := purged || jsonb_build_object('conversations', removed);

    -- The mark of a deleted one lasts longer than any answer to it may still be on its way.
    DELETE FROM iris.iris_chat_sessions WHERE id = ANY (ARRAY(
        SELECT o.id FROM iris.iris_chat_sessions o
         WHERE o.deleted_at < p_now - make_interval(secs => (p_keep->>'deleted_conversations')::bigint)
         ORDER BY o.deleted_at LIMIT p_batch FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS removed = ROW_COUNT;
    purged := purged || jsonb_build_object('deleted_conversations', removed);

    DELETE FROM iris.user_daily_usage WHERE ctid = ANY (ARRAY(
        SELECT o.ctid FROM iris.user_daily_usage o
         WHERE o.date < (p_now - make_interval(secs => (p_keep->>'user_daily_usage')::bigint))::date
         ORDER BY o.date LIMIT p_batch FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS removed = ROW_COUNT;
    purged := purged || jsonb_build_object('user_daily_usage', removed);

    DELETE FROM iris.user_minute_usage WHERE user_id = ANY (ARRAY(
        SELECT o.user_id FROM iris.user_minute_usage o
         WHERE o.requests[cardinality(o.requests)]
               < p_now - make_interval(secs => (p_keep->>'user_minute_usage')::bigint)
         LIMIT p_batch FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS removed = ROW_COUNT;
    purged := purged || jsonb_build_object('user_minute_usage', removed);

    DELETE FROM iris.error_groups WHERE fingerprint = ANY (ARRAY(
        SELECT o.fingerprint FROM iris.error_groups o
         WHERE o.last_at < p_now - make_interval(secs => (p_keep->>'errors')::bigint)
         ORDER BY o.last_at LIMIT p_batch FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN purged || jsonb_build_object('error_groups', removed);
END $$;

-- The same for what the application's role may not delete: rows of events and errors that no month took, what was spent, and
-- alerts, those that nobody resolved too. For the tables' owner; iris.purge_records is the application's way here.
CREATE OR REPLACE FUNCTION iris.purge_records_at(p_keep jsonb, p_batch integer, p_now timestamptz) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    kind    text;
    past    text;
    purged  jsonb := '{}';
    removed integer;
BEGIN
    IF (SELECT count(*) FROM jsonb_each_text(p_keep) k
         WHERE k.key IN ('events', 'errors', 'daily_spend', 'alerts', 'resolved_alerts') AND k.value::bigint >= 86400) < 5 THEN
        RAISE EXCEPTION 'each kind of record is kept for a day at least';
    END IF;
    FOR kind, past IN VALUES
        ('events', 'iris_events_rest WHERE timestamp <'), ('errors', 'iris_errors_rest WHERE timestamp <'),
        ('daily_spend', 'daily_spend WHERE date::timestamptz <'), ('alerts', 'alerts WHERE last_at <'),
        ('resolved_alerts', 'alerts WHERE resolved_at <')
    LOOP
        EXECUTE format('DELETE FROM iris.%1$I WHERE ctid = ANY (ARRAY('
            'SELECT ctid FROM iris.%2$s $1 - make_interval(secs => $2) LIMIT $3 FOR UPDATE SKIP LOCKED))',
            split_part(past, ' ', 1), past) USING p_now, (p_keep->>kind)::bigint, p_batch;
        GET DIAGNOSTICS removed = ROW_COUNT;
        purged := purged || jsonb_build_object(kind, removed);
    END LOOP;
    RETURN purged;
END $$;

CREATE OR REPLACE FUNCTION iris.purge_records(p_keep jsonb, p_batch integer) RETURNS jsonb
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'SELECT iris.purge_records_at(p_keep, p_batch, clock_timestamp())';

-- Takes one month off a table (iris_messages, iris_events, iris_errors) when its last moment is older than p_days, and returns
-- its name; null: none is. It is then a table of its own that nobody writes, until iris.drop_month removes it: one that is
-- left of a run that was killed comes first. The lock on the whole table lasts for a moment, but who waits for it makes all
-- others wait: the caller has a short lock_timeout. For the tables' owner; iris.detach_month is the application's way here.
CREATE OR REPLACE FUNCTION iris.detach_month_at(p_table text, p_days integer, p_now timestamptz) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    month text;
BEGIN
    IF p_table NOT IN ('iris_messages', 'iris_events', 'iris_errors') OR p_days < 1 THEN
        RAISE EXCEPTION 'no month of % goes after % days', p_table, p_days;
    END IF;
    SELECT c.relname INTO month FROM pg_class c
     WHERE c.relnamespace = 'iris'::regnamespace AND c.relkind = 'r' AND NOT c.relispartition
       AND c.relname ~ ('^' || p_table || '_[0-9]{6}$')
     ORDER BY c.relname LIMIT 1;
    IF FOUND THEN RETURN month; END IF;
    SELECT c.relname INTO month FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = format('iris.%I', p_table)::regclass AND c.relname ~ '_[0-9]{6}$'
       AND (to_date(right(c.relname, 6), 'YYYYMM') + interval '1 month') AT TIME ZONE 'UTC'
           <= p_now - make_interval(days => p_days)
     ORDER BY c.relname LIMIT 1;
    IF NOT FOUND THEN RETURN NULL; END IF;
    EXECUTE format('ALTER TABLE iris.%I DETACH PARTITION iris.%I', p_table, month);
    EXECUTE format('GRANT SELECT ON iris.%I TO iris_app', month);
    RETURN month;
END $$;

CREATE OR REPLACE FUNCTION iris.detach_month(p_table text, p_days integer) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '500ms'
AS 'SELECT iris.detach_month_at(p_table, p_days, clock_timestamp())';

-- Removes a month that was taken off; nothing else can be named. With p_rows, only if it has so many: those that its archive
-- has. Returns whether it is gone.
CREATE OR REPLACE FUNCTION iris.drop_month(p_month text, p_rows bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '500ms' AS $$
DECLARE
    found_rows bigint;
BEGIN
    IF p_month !~ '^iris_(messages|events|errors)_[0-9]{6}$' THEN
        RAISE EXCEPTION '% is no month', p_month;
    END IF;
    PERFORM 1 FROM pg_class c
      WHERE c.relnamespace = 'iris'::regnamespace AND c.relname = p_month AND c.relkind = 'r' AND NOT c.relispartition;
    IF NOT FOUND THEN RETURN to_regclass(format('iris.%I', p_month)) IS NULL; END IF;
    IF p_rows IS NOT NULL THEN
        EXECUTE format('SELECT count(*) FROM iris.%I', p_month) INTO found_rows;
        IF found_rows <> p_rows THEN RETURN false; END IF;
    END IF;
    EXECUTE format('DROP TABLE iris.%I', p_month);
    RETURN true;
END $$;
