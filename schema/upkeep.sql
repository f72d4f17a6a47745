-- Upkeep: what `iris-fcgi maintain` does -----------------------------------------------------------------------------------

CREATE INDEX IF NOT EXISTS sessions_expires ON iris.sessions (expires_at);
CREATE INDEX IF NOT EXISTS refresh_tokens_expires ON iris.refresh_tokens (expires_at);
CREATE INDEX IF NOT EXISTS password_resets_expires ON iris.password_resets (expires_at);
CREATE INDEX IF NOT EXISTS known_addresses_last_login ON iris.known_addresses (last_login_at);
CREATE INDEX IF NOT EXISTS idempotency_keys_expires ON iris.idempotency_keys (expires_at);

-- Which run is under way, until when it is believed to live, and when one last came to its end. A row and no advisory lock: a
-- pooler in transaction mode would keep such a lock for good.
CREATE TABLE IF NOT EXISTS iris.upkeep (
    only_row    boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    holder      text,
    held_until  timestamptz,
    finished_at timestamptz
);
INSERT INTO iris.upkeep DEFAULT VALUES ON CONFLICT DO NOTHING;

-- Takes the upkeep, unless another run has it: then its name comes back. p_dead: one that is known to have ended.
CREATE OR REPLACE FUNCTION iris.begin_upkeep(p_holder text, p_lease_seconds integer, p_dead text) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE iris.upkeep u SET holder = p_holder, held_until = clock_timestamp() + make_interval(secs => p_lease_seconds)
     WHERE u.holder IS NULL OR u.holder IN (p_holder, p_dead) OR u.held_until <= clock_timestamp();
    IF FOUND THEN RETURN NULL; END IF;
    RETURN (SELECT coalesce(u.holder, 'one that has just ended') FROM iris.upkeep u);
END $$;

CREATE OR REPLACE FUNCTION iris.end_upkeep(p_holder text) RETURNS void
LANGUAGE sql AS $$
    UPDATE iris.upkeep u SET holder = NULL, held_until = NULL, finished_at = clock_timestamp() WHERE u.holder = p_holder
$$;

-- Partitions for this month and the two after it, with the rights of the tables' owner: it takes nothing from its caller, and
-- finds nothing but what the schema and the system define. Returns how many were made.
CREATE OR REPLACE FUNCTION iris.extend_partitions() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
DECLARE
    parents CONSTANT regclass[] := ARRAY['iris.iris_messages', 'iris.iris_events', 'iris.iris_errors'];
    before  CONSTANT bigint := (SELECT count(*) FROM pg_inherits i WHERE i.inhparent = ANY (parents));
BEGIN
    PERFORM iris.ensure_partitions((now() AT TIME ZONE 'UTC')::date, 3);
    RETURN (SELECT count(*) FROM pg_inherits i WHERE i.inhparent = ANY (parents)) - before;
END $$;

DROP FUNCTION IF EXISTS iris.purge_expired(jsonb, integer);

-- Removes what is of no use any more, at most p_batch rows of a kind, those past for longest first; rows that somebody works
-- with go another time. p_keep says for each table how many seconds longer than the moment in its column a row is kept. What
-- was never delivered comes back by topic, to be told.
CREATE OR REPLACE FUNCTION iris.purge_expired(
    p_keep jsonb, p_batch integer, p_now timestamptz DEFAULT clock_timestamp(), OUT purged jsonb, OUT undelivered jsonb)
LANGUAGE plpgsql AS $$
DECLARE
    past     text;
    col      text;
    removed  integer;
    emptied  uuid[];
BEGIN
    -- A session of ours goes with its last refresh token, ended or not. One of another issuer has none, and stays until it
    -- expires: where it was ended it must be remembered as that.
    WITH gone AS (
        DELETE FROM iris.refresh_tokens WHERE token_hash = ANY (ARRAY(
            SELECT o.token_hash FROM iris.refresh_tokens o
             WHERE o.expires_at < p_now - make_interval(secs => (p_keep->>'refresh_tokens')::integer)
             ORDER BY o.expires_at LIMIT p_batch FOR UPDATE SKIP LOCKED))
        RETURNING session_id)
    SELECT count(*), array_agg(DISTINCT g.session_id) INTO removed, emptied FROM gone g;
    purged := jsonb_build_object('refresh_tokens', removed);
    DELETE FROM iris.sessions WHERE id = ANY (ARRAY(
        SELECT s.id FROM iris.sessions s
         WHERE s.id = ANY (emptied)
           AND NOT EXISTS (SELECT 1 FROM iris.refresh_tokens t WHERE t.session_id = s.id)
           FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS removed = ROW_COUNT;
    purged := purged || jsonb_build_object('sessions', removed);
    FOR past, col IN VALUES
        ('sessions', 'expires_at'), ('password_resets', 'expires_at'), ('throttles', 'last_at'), ('known_addresses', 'last_login_at'),
        ('erased_identities', 'expires_at'), ('idempotency_keys', 'expires_at'), ('answer_cache', 'expires_at'),
        ('quota_reservations', 'expires_at')
    LOOP
        EXECUTE format('DELETE FROM iris.%1$I WHERE ctid = ANY (ARRAY(SELECT o.ctid FROM iris.%1$I o '
            'WHERE o.%2$I < $3 - make_interval(secs => $1) ORDER BY o.%2$I LIMIT $2 FOR UPDATE SKIP LOCKED))',
            past, col) USING (p_keep->>past)::integer, p_batch, p_now;
        GET DIAGNOSTICS removed = ROW_COUNT;
        purged := purged || jsonb_build_object(past, coalesce((purged->>past)::integer, 0) + removed);
    END LOOP;
    -- Attacks stay known; whose the keyed hash in the subject was is forgotten with the failures themselves.
    UPDATE iris.alerts a SET subject = 'past ' || left(replace(gen_random_uuid()::text, '-', ''), 12)
     WHERE (a.kind, a.subject) IN (
        SELECT o.kind, o.subject FROM iris.alerts o
         WHERE o.kind IN ('login_spraying', 'login_stuffing') AND o.subject NOT LIKE 'past %'
           AND o.last_at < p_now - make_interval(secs => (p_keep->>'throttles')::integer)
           FOR UPDATE SKIP LOCKED);
    WITH gone AS (
        DELETE FROM iris.outbox WHERE id = ANY (ARRAY(
            SELECT o.id FROM iris.outbox o WHERE o.expires_at < p_now
             ORDER BY o.expires_at LIMIT p_batch FOR UPDATE SKIP LOCKED))
        RETURNING topic, delivered_at),
    lost AS (SELECT g.topic, count(*) AS number FROM gone g WHERE g.delivered_at IS NULL GROUP BY g.topic)
    SELECT purged || jsonb_build_object('outbox', (SELECT count(*) FROM gone)),
           coalesce((SELECT jsonb_object_agg(l.topic, l.number) FROM lost l), '{}')
      INTO purged, undelivered;
END $$;
