-- Mails and webhooks ----------------------------------------------------------------------------------------------------

-- Puts notices on their way: an array of {id, kind, topic, user_id, payload, dedupe_key, lifetime_s}. One whose dedupe_key
-- is there already is told already.
CREATE OR REPLACE FUNCTION iris.enqueue(p_notices jsonb) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO iris.outbox (id, kind, topic, user_id, payload, dedupe_key, expires_at)
    SELECT n.id, n.kind, n.topic, n.user_id, n.payload, n.dedupe_key, now() + make_interval(secs => n.lifetime_s)
      FROM jsonb_to_recordset(p_notices) AS n(
          id uuid, kind text, topic text, user_id uuid, payload jsonb, dedupe_key text, lifetime_s integer)
    ON CONFLICT DO NOTHING
$$;

-- Takes the notice of these kinds that has been due for longest, for so long: with another worker's it comes back when that
-- one has died. No row, or a row of nulls, when none is due.
CREATE OR REPLACE FUNCTION iris.claim_notice(
    p_kinds text[], p_lease_seconds integer,
    OUT id uuid, OUT kind text, OUT topic text, OUT user_id uuid, OUT payload jsonb, OUT attempt integer,
    OUT created_us bigint)
LANGUAGE sql AS $$
    UPDATE iris.outbox o
       SET attempts = o.attempts + 1, due_at = clock_timestamp() + make_interval(secs => p_lease_seconds)
     WHERE o.id = (SELECT d.id FROM iris.outbox d
                    WHERE d.delivered_at IS NULL AND d.due_at <= clock_timestamp() AND d.expires_at > clock_timestamp()
                      AND d.kind = ANY (p_kinds)
                    ORDER BY d.due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING o.id, o.kind, o.topic, o.user_id, o.payload, o.attempts,
        (extract(epoch FROM o.created_at) * 1000000)::bigint
$$;

-- Ends a notice, delivered or given up (p_error says why). What must be told once leaves its row, without what it said.
CREATE OR REPLACE FUNCTION iris.settle_notice(p_id uuid, p_error text) RETURNS void
LANGUAGE sql AS $$
    DELETE FROM iris.outbox o WHERE o.id = p_id AND o.dedupe_key IS NULL;
    UPDATE iris.outbox o SET delivered_at = clock_timestamp(), payload = '{}', last_error = p_error
     WHERE o.id = p_id AND o.delivered_at IS NULL;
$$;

-- Lets a notice wait; not if somebody else took it meanwhile.
CREATE OR REPLACE FUNCTION iris.postpone_notice(p_id uuid, p_attempt integer, p_seconds integer, p_error text) RETURNS void
LANGUAGE sql AS $$
    UPDATE iris.outbox o SET due_at = clock_timestamp() + make_interval(secs => p_seconds), last_error = p_error
     WHERE o.id = p_id AND o.attempts = p_attempt AND o.delivered_at IS NULL
$$;

-- Tells the unified backend once a day that a user's day is used up. The day is the one that ends at p_resets_at.
CREATE OR REPLACE FUNCTION iris.tell_quota_reached(
    p_id uuid, p_user uuid, p_resets_at timestamptz, p_time_zone text, p_lifetime_seconds integer) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO iris.outbox (id, kind, topic, user_id, payload, dedupe_key, expires_at)
    SELECT p_id, 'webhook', 'quota.reached', a.id,
           jsonb_build_object('id', a.id, 'external_id', a.external_subject, 'date', d.day),
           format('quota.reached %s %s', a.id, d.day), now() + make_interval(secs => p_lifetime_seconds)
      FROM iris.accounts a,
           (SELECT ((p_resets_at - interval '1 second') AT TIME ZONE p_time_zone)::date AS day) d
     WHERE a.id = p_user
    ON CONFLICT DO NOTHING
$$;
