-- Monitoring: what an operator hears of -----------------------------------------------------------------------------------

DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = 'iris.alerts'::regclass AND attname = 'ended_told_at') THEN
        ALTER TABLE iris.alerts
            -- The host whose own condition it is, told by that host; null: everybody's, told by who claims it.
            ADD COLUMN host text,
            -- Until then somebody is telling it.
            ADD COLUMN claimed_until timestamptz,
            -- When its end was told.
            ADD COLUMN ended_told_at timestamptz;
        -- What is long past when alerts are told for the first time is no news.
        UPDATE iris.alerts a SET ended_told_at = clock_timestamp(), resolved_at = coalesce(a.resolved_at, clock_timestamp())
         WHERE a.resolved_at IS NOT NULL
            OR a.kind NOT IN ('key_rejected', 'model_gone') AND a.last_at < clock_timestamp() - interval '1 day';
    END IF;
END $$;

-- What a host's workers answered on a day of IRIS_TIMEZONE, in chats (part 'chat') and all else ('other'); requests of
-- monitors are left out. Failures are answers from 500 on. latency_us: how many requests took up to so many microseconds, each
-- in one class; those beyond the last under "more". A day has a row for each `source`, a host's memory of its counters, which
-- is begun anew when its file is lost: add them up.
CREATE TABLE IF NOT EXISTS iris.service_days (
    day        date NOT NULL,
    host       text NOT NULL,
    source     uuid NOT NULL,
    part       text NOT NULL,
    requests   bigint NOT NULL,
    failures   bigint NOT NULL,
    latency_us jsonb NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (day, host, source, part)
);

-- Keeps days as they are now: an array of {day, part, requests, failures, latency_us}. Safe to repeat.
CREATE OR REPLACE FUNCTION iris.put_service_days(p_host text, p_source uuid, p_days jsonb) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO iris.service_days (day, host, source, part, requests, failures, latency_us, updated_at)
    SELECT d.day, p_host, p_source, d.part, d.requests, d.failures, d.latency_us, clock_timestamp()
      FROM jsonb_to_recordset(p_days) AS d(day date, part text, requests bigint, failures bigint, latency_us jsonb)
     ORDER BY d.day, d.part
    ON CONFLICT (day, host, source, part) DO UPDATE SET
        requests = excluded.requests, failures = excluded.failures, latency_us = excluded.latency_us,
        updated_at = excluded.updated_at
$$;

-- The accounts with more than p_floor charged messages today and more than p_factor times their own average of the p_days days
-- before, those without a message included; at most p_limit, the busiest first.
CREATE OR REPLACE FUNCTION iris.unusual_use(
    p_floor integer, p_factor integer, p_days integer, p_limit integer, p_time_zone text)
RETURNS TABLE (account_id uuid, messages integer, average numeric)
LANGUAGE sql STABLE AS $$
    SELECT u.user_id, u.message_count, round(past.messages::numeric / p_days, 1)
      FROM iris.user_daily_usage u
     CROSS JOIN LATERAL (
            SELECT coalesce(sum(d.message_count), 0) AS messages FROM iris.user_daily_usage d
             WHERE d.user_id = u.user_id AND d.date >= u.date - p_days AND d.date < u.date) past
     WHERE u.date = (now() AT TIME ZONE p_time_zone)::date AND u.message_count > p_floor
       AND u.message_count::bigint * p_days > p_factor * past.messages
     ORDER BY u.message_count DESC, u.user_id LIMIT p_limit
$$;

-- Looks which alerts of all hosts are over, and whether maintain still comes to its end.
-- p_troubled: the keys and models that do not work on p_host, as subjects; null: that is not known there. What another host saw
-- is that host's to end. p_settle_seconds: an alert so young may be one whose cause p_troubled does not have yet.
-- p_quiet_seconds: a login attack is over after so long without a failure, losses without another one. p_overdue_seconds:
-- maintain must come to its end once in so long.
CREATE OR REPLACE FUNCTION iris.review_alerts(
    p_host text, p_troubled text[], p_settle_seconds integer, p_budget bigint, p_quiet_seconds integer,
    p_overdue_seconds integer, p_time_zone text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    this_moment CONSTANT timestamptz := clock_timestamp();
    today       CONSTANT date := (this_moment AT TIME ZONE p_time_zone)::date;
    finished    CONSTANT timestamptz := (SELECT u.finished_at FROM iris.upkeep u);
    is_overdue  CONSTANT boolean := coalesce(finished < this_moment - make_interval(secs => p_overdue_seconds), false);
BEGIN
    IF is_overdue THEN
        PERFORM iris.raise_alerts(jsonb_build_array(jsonb_build_object('kind', 'upkeep_overdue', 'subject', 'maintain',
            'detail', jsonb_build_object('minutes', (extract(epoch FROM this_moment - finished) / 60)::integer))));
    END IF;
    UPDATE iris.alerts a SET resolved_at = this_moment
     WHERE (a.kind, a.subject) IN (
        SELECT o.kind, o.subject FROM iris.alerts o
         WHERE o.resolved_at IS NULL AND o.host IS NULL AND CASE
            WHEN o.kind IN ('key_rejected', 'model_gone') THEN
                o.subject <> ALL (p_troubled) AND coalesce(o.detail->>'host', p_host) = p_host
                AND o.last_at < this_moment - make_interval(secs => p_settle_seconds)
            WHEN o.kind = 'budget_reached' THEN
                (o.last_at AT TIME ZONE p_time_zone)::date < today OR p_budget IS NULL
                OR (SELECT coalesce(sum(s.cost_micro), 0) FROM iris.daily_spend s WHERE s.date = today) < p_budget
            WHEN o.kind IN ('login_spraying', 'login_stuffing', 'spool_loss') THEN
                o.last_at < this_moment - make_interval(secs => p_quiet_seconds)
            WHEN o.kind = 'unusual_use' THEN (o.last_at AT TIME ZONE p_time_zone)::date < today
            WHEN o.kind = 'upkeep_overdue' THEN NOT is_overdue
            ELSE false END
         ORDER BY o.kind, o.subject FOR UPDATE SKIP LOCKED);
END $$;

-- Takes what is to be told of all hosts' alerts, for so long, so that no other host tells it too: `step` is 'began', 'lasts'
-- when it was told p_repeat_seconds ago, 'ended'. Of what its spool lost each host tells by itself, without the database.
-- Times in Unix seconds.
CREATE OR REPLACE FUNCTION iris.claim_alerts(p_lease_seconds integer, p_repeat_seconds integer, p_limit integer)
RETURNS TABLE (kind text, subject text, step text, first_at bigint, resolved_at bigint, count bigint, detail jsonb)
LANGUAGE sql AS $$
    WITH due AS (
        SELECT o.kind, o.subject FROM iris.alerts o
         WHERE o.host IS NULL AND o.kind <> 'spool_loss'
           AND coalesce(o.claimed_until < clock_timestamp(), true) AND CASE
            WHEN o.resolved_at IS NOT NULL THEN coalesce(o.ended_told_at < o.resolved_at, true)
            ELSE coalesce(o.notified_at <= clock_timestamp() - make_interval(secs => p_repeat_seconds), true) END
         ORDER BY o.first_at, o.kind, o.subject LIMIT p_limit FOR UPDATE SKIP LOCKED)
    UPDATE iris.alerts a SET claimed_until = clock_timestamp() + make_interval(secs => p_lease_seconds)
      FROM due WHERE (a.kind, a.subject) = (due.kind, due.subject)
    RETURNING a.kind, a.subject,
        CASE WHEN a.resolved_at IS NOT NULL THEN 'ended' WHEN a.notified_at IS NULL THEN 'began' ELSE 'lasts' END,
        extract(epoch FROM a.first_at)::bigint, extract(epoch FROM a.resolved_at)::bigint, a.count, a.detail
$$;

-- Ends such claims: an array of {kind, subject, step}. What did not arrive is told another time.
CREATE OR REPLACE FUNCTION iris.settle_alerts(p_told jsonb, p_arrived boolean) RETURNS void
LANGUAGE sql AS $$
    UPDATE iris.alerts a SET claimed_until = NULL,
        notified_at = CASE WHEN p_arrived AND t.step <> 'ended' THEN clock_timestamp() ELSE a.notified_at END,
        ended_told_at = CASE WHEN p_arrived AND t.step = 'ended' THEN clock_timestamp() ELSE a.ended_told_at END
      FROM jsonb_to_recordset(p_told) AS t(kind text, subject text, step text)
     WHERE (a.kind, a.subject) = (t.kind, t.subject)
$$;

-- Shows a host's own alerts, as it told them also while there was no database: an array of {kind, first_at, last_at,
-- notified_at, resolved_at, detail}, times in Unix seconds. What is not in it is over.
CREATE OR REPLACE FUNCTION iris.mirror_alerts(p_host text, p_alerts jsonb) RETURNS void
LANGUAGE sql AS $$
    UPDATE iris.alerts a SET resolved_at = clock_timestamp()
     WHERE a.host = p_host AND a.resolved_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM jsonb_to_recordset(p_alerts) AS n(kind text) WHERE n.kind = a.kind);
    INSERT INTO iris.alerts AS a (kind, subject, host, first_at, last_at, notified_at, resolved_at, detail)
    SELECT n.kind, p_host, p_host, to_timestamp(n.first_at), to_timestamp(n.last_at), to_timestamp(n.notified_at),
           to_timestamp(n.resolved_at), n.detail
      FROM jsonb_to_recordset(p_alerts) AS n(kind text, first_at bigint, last_at bigint, notified_at bigint,
           resolved_at bigint, detail jsonb)
     ORDER BY n.kind
    ON CONFLICT (kind, subject) DO UPDATE SET
        host = excluded.host, first_at = excluded.first_at, last_at = excluded.last_at, notified_at = excluded.notified_at,
        resolved_at = excluded.resolved_at, detail = excluded.detail
$$;
