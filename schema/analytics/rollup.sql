-- Events of one kind counted together: what everything else is summed up from. `detail` is the word that tells outcomes of
-- one type apart. `bucket`: of answers with a known time, by the labels of 'latency'; 0 is beyond the last of them.
DO $$
BEGIN
    IF to_regtype('iris.event_fact') IS NULL THEN
        CREATE TYPE iris.event_fact AS (
            day date, user_id text COLLATE "C", session_id text COLLATE "C", event_type text, topic text, tier text,
            detail text, cached boolean,
            bucket integer, events bigint, response_ms bigint, tokens_in bigint, tokens_out bigint, cost_micro bigint,
            rating_sum bigint);
    END IF;
END $$;

-- A whole number of an event's metadata, from 0 to `most`; null for anything else, since rows may come from elsewhere, and one
-- that makes no sense may not end a sum.
CREATE OR REPLACE FUNCTION iris.event_number(metadata jsonb, member text, most bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN jsonb_typeof(metadata->member) = 'number' AND (metadata->member)::numeric BETWEEN 0 AND most
            THEN (metadata->member)::bigint END;

-- What the events recorded from p_from and before p_until say, the first p_most of them (null: all). p_users: of these
-- pseudonyms; null: of everybody. A topic that is not of p_topics counts as 'autre'. What claims to have happened after it was
-- recorded happened then. A rating that replaces another also takes that one away, on its own day where that is told.
CREATE OR REPLACE FUNCTION iris.event_facts(
    p_from timestamptz, p_until timestamptz, p_most bigint, p_users text[], p_time_zone text, p_topics text[],
    p_latency_ms integer[]) RETURNS SETOF iris.event_fact
LANGUAGE sql STABLE AS $$
    SELECT (CASE WHEN s.sign > 0 THEN least(e.timestamp, e.recorded_at)
                 ELSE coalesce(least(to_timestamp(m.previous_at / 1000.0), e.recorded_at), e.timestamp) END
            AT TIME ZONE p_time_zone)::date,
           e.user_id COLLATE "C", e.session_id COLLATE "C", e.event_type,
           CASE WHEN m.topic = ANY (p_topics) THEN m.topic WHEN m.topic IS NOT NULL THEN 'autre' END,
           CASE WHEN m.tier IN ('free', 'premium') THEN m.tier END,
           m.detail, m.cached,
           CASE WHEN m.response_ms IS NOT NULL AND m.detail IN ('complete', 'truncated', 'blocked')
                THEN coalesce(p_latency_ms[width_bucket(m.response_ms - 1, p_latency_ms) + 1], 0) END,
           sum(CASE WHEN e.event_type <> 'feedback' OR m.rating IS NOT NULL THEN s.sign ELSE 0 END),
           sum(m.response_ms), sum(m.tokens_in), sum(m.tokens_out), sum(m.cost_micro),
           sum(CASE WHEN s.sign > 0 THEN m.rating ELSE - m.previous END)
      FROM (SELECT r.* FROM iris.iris_events r
             WHERE r.recorded_at >= p_from AND r.recorded_at < p_until
             ORDER BY r.recorded_at LIMIT p_most) e
     CROSS JOIN LATERAL (
        SELECT e.metadata->>'topic' AS topic, e.metadata->>'tier' AS tier,
               coalesce(e.metadata->>'finish', e.metadata->>'outcome', e.metadata->>'reason') AS detail,
               coalesce(e.metadata->>'cached' = 'true', false) AS cached,
               CASE WHEN e.event_type = 'chat_response'
                    THEN iris.event_number(e.metadata, 'response_time_ms', 1000000000) END AS response_ms,
               iris.event_number(e.metadata, 'tokens_in', 1000000000) AS tokens_in,
               iris.event_number(e.metadata, 'tokens_out', 1000000000) AS tokens_out,
               iris.event_number(e.metadata, 'cost_micro', 1000000000000) AS cost_micro,
               CASE WHEN e.event_type = 'feedback'
                    THEN nullif(iris.event_number(e.metadata, 'rating', 5), 0) END AS rating,
               CASE WHEN e.event_type = 'feedback'
                    THEN nullif(iris.event_number(e.metadata, 'previous', 5), 0) END AS previous,
               CASE WHEN e.event_type = 'feedback'
                    THEN iris.event_number(e.metadata, 'previous_at', 10000000000000) END AS previous_at) m
     CROSS JOIN (VALUES (1), (-1)) s(sign)
     WHERE (s.sign > 0 OR m.rating IS NOT NULL AND m.previous IS NOT NULL) AND (p_users IS NULL OR e.user_id = ANY (p_users))
     -- What is taken away stays apart: it is no event, and may not hide the one that it is taken from.
     GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, s.sign
$$;

-- What roll-ups gain by facts. What is known of a user before is looked up by scalar subqueries, so that it is always a
-- matter of an index and never of the size of a table.

-- What a day's totals gain. `users` are those who sent their first message of that day.
CREATE OR REPLACE FUNCTION iris.day_gains(p_facts iris.event_fact[]) RETURNS SETOF iris.rollup_days
LANGUAGE sql STABLE AS $$
    WITH totals AS (
        SELECT f.day,
               sum(f.events) FILTER (WHERE f.event_type = 'chat_request') AS requests,
               sum(f.events) FILTER (WHERE f.event_type = 'chat_response'
                                       AND f.detail IN ('complete', 'truncated', 'blocked')) AS answers,
               sum(f.events) FILTER (WHERE f.event_type = 'chat_response' AND f.detail = 'blocked') AS blocked,
               sum(f.events) FILTER (WHERE f.event_type = 'chat_response' AND f.cached) AS cached,
               sum(f.events) FILTER (WHERE f.event_type = 'chat_response' AND f.detail = 'partial') AS partials,
               sum(f.events) FILTER (WHERE f.event_type = 'chat_fallback') AS fallbacks,
               sum(f.events) FILTER (WHERE f.bucket IS NOT NULL) AS timed,
               sum(f.response_ms) FILTER (WHERE f.bucket IS NOT NULL) AS response_ms,
               sum(f.tokens_in) AS tokens_in, sum(f.tokens_out) AS tokens_out, sum(f.cost_micro) AS cost_micro,
               sum(f.events) FILTER (WHERE f.event_type = 'feedback') AS ratings, sum(f.rating_sum) AS rating_sum,
               sum(f.events) FILTER (WHERE f.event_type = 'tier_upgrade') AS upgrades,
               sum(f.events) FILTER (WHERE f.event_type = 'tier_downgrade') AS downgrades,
               sum(f.events) FILTER (WHERE f.event_type = 'account_created') AS registrations
          FROM unnest(p_facts) f GROUP BY f.day),
    arrivals AS (
        SELECT a.day, count(*) AS users
          FROM (SELECT DISTINCT f.day, f.user_id FROM unnest(p_facts) f
                 WHERE f.event_type = 'chat_request' AND f.user_id IS NOT NULL) a
         WHERE (SELECT true FROM iris.rollup_user_days d
                 WHERE d.user_id = a.user_id AND d.day = a.day AND d.messages > 0 LIMIT 1) IS NULL
         GROUP BY a.day)
    SELECT t.day, coalesce(t.requests, 0), coalesce(a.users, 0), coalesce(t.answers, 0), coalesce(t.blocked, 0),
           coalesce(t.cached, 0), coalesce(t.partials, 0), coalesce(t.fallbacks, 0), coalesce(t.timed, 0),
           coalesce(t.response_ms, 0), coalesce(t.tokens_in, 0), coalesce(t.tokens_out, 0), coalesce(t.cost_micro, 0),
           coalesce(t.ratings, 0), coalesce(t.rating_sum, 0), coalesce(t.upgrades, 0), coalesce(t.downgrades, 0),
           coalesce(t.registrations, 0)
      FROM totals t LEFT JOIN arrivals a USING (day)
$$;

-- What a user's days gain by facts.
CREATE OR REPLACE FUNCTION iris.user_day_gains(p_facts iris.event_fact[]) RETURNS SETOF iris.rollup_user_days
LANGUAGE sql STABLE AS $$
    SELECT f.user_id, f.day, coalesce(f.topic, ''),
           coalesce(sum(f.events) FILTER (WHERE f.event_type = 'chat_request'), 0),
           coalesce(sum(f.events) FILTER (WHERE f.bucket IS NOT NULL), 0),
           coalesce(sum(f.response_ms) FILTER (WHERE f.bucket IS NOT NULL), 0),
           coalesce(sum(f.tokens_in), 0), coalesce(sum(f.tokens_out), 0),
           coalesce(sum(f.events) FILTER (WHERE f.event_type = 'feedback'), 0), coalesce(sum(f.rating_sum), 0)
      FROM unnest(p_facts) f
     WHERE f.user_id IS NOT NULL AND f.event_type IN ('chat_request', 'chat_response', 'summary_made', 'feedback')
     GROUP BY f.user_id, f.day, coalesce(f.topic, '')
$$;

-- Whose last day in an audience moves by facts, from p_before (null: not in it yet) to p_day.
CREATE OR REPLACE FUNCTION iris.audience_moves(
    p_facts iris.event_fact[], OUT audience text, OUT user_id text, OUT last_day date, OUT before date) RETURNS SETOF record
LANGUAGE sql STABLE AS $$
    SELECT m.* FROM (
    SELECT n.audience, n.user_id, n.last_day,
           (SELECT r.last_day FROM iris.rollup_audiences r
             WHERE r.user_id = n.user_id AND r.audience = n.audience) AS before
      FROM (SELECT a.audience, f.user_id, max(f.day) AS last_day
              FROM unnest(p_facts) f
             CROSS JOIN LATERAL unnest(CASE
                WHEN f.event_type = 'chat_request' THEN
                    ARRAY['active', 'topic:' || f.topic, CASE WHEN f.tier = 'free' THEN 'free' END]
                WHEN f.bucket IS NOT NULL THEN ARRAY['answered']
                WHEN f.event_type = 'feedback' AND f.events > 0 THEN ARRAY['rated']
                WHEN f.event_type = 'tier_upgrade' THEN ARRAY['free', 'upgraded'] END) a(audience)
             WHERE f.user_id IS NOT NULL AND a.audience IS NOT NULL
             GROUP BY a.audience, f.user_id) n) m
     WHERE m.before IS NULL OR m.before < m.last_day
$$;

-- Whose first day, or whose return after it, changes by facts: as it is then, and as it was (null: nobody knew the user). Where
-- events of an earlier day came late, the days after it are found among those rolled up.
CREATE OR REPLACE FUNCTION iris.cohort_moves(
    p_facts iris.event_fact[], OUT user_id text, OUT first_day date, OUT after_1 boolean, OUT after_7 boolean,
    OUT after_30 boolean, OUT before iris.rollup_users) RETURNS SETOF record
LANGUAGE sql STABLE AS $$
    WITH seen AS (
        SELECT f.user_id, min(f.day) AS first_day, array_agg(DISTINCT f.day) AS days
          FROM unnest(p_facts) f
         WHERE f.user_id IS NOT NULL AND f.event_type = 'chat_request' GROUP BY f.user_id),
    merged AS (
        SELECT o.user_id, least(o.first_day, (o.before).first_day) AS first_day, o.days, o.before,
               (o.before).first_day > o.first_day AS is_earlier
          FROM (SELECT s.*, (SELECT u FROM iris.rollup_users u WHERE u.user_id = s.user_id) AS before
                  FROM seen s OFFSET 0) o),
    -- With the days rolled up, where they are asked for: few are.
    known AS (
        SELECT m.user_id, m.first_day, m.before,
               CASE WHEN m.is_earlier THEN m.days || ARRAY(
                   SELECT d.day FROM iris.rollup_user_days d WHERE d.user_id = m.user_id AND d.messages > 0)
               ELSE m.days END AS days,
               NOT m.is_earlier AS keeps
          FROM merged m)
    SELECT n.* FROM (
        SELECT k.user_id, k.first_day,
               k.first_day + 1 = ANY (k.days) OR coalesce(k.keeps AND (k.before).after_1, false) AS after_1,
               k.first_day + 7 = ANY (k.days) OR coalesce(k.keeps AND (k.before).after_7, false) AS after_7,
               k.first_day + 30 = ANY (k.days) OR coalesce(k.keeps AND (k.before).after_30, false) AS after_30,
               k.before
          FROM known k) n
     WHERE (n.before).user_id IS NULL
        OR (n.first_day, n.after_1, n.after_7, n.after_30)
           <> ((n.before).first_day, (n.before).after_1, (n.before).after_7, (n.before).after_30)
$$;

-- Brings the roll-ups forward by about p_batch events, in one transaction; not while somebody else does. `days` are those of
-- the events. `more`: call again.
--
-- recorded_at is older than the commit that makes a row visible. So a fence is kept: a moment, and a transaction id given
-- after it, this function's own. Once all transactions before that one have ended, nothing recorded before the moment can appear
-- any more, however long they took. p_slack_s more are left for clocks that are set back and for a row between its clock and
-- its id.
CREATE OR REPLACE FUNCTION iris.roll_up(
    p_time_zone text, p_batch integer, p_slack_s integer, p_topics text[], p_latency_ms integer[],
    OUT events bigint, OUT days date[], OUT more boolean)
LANGUAGE plpgsql SET work_mem = '64MB' SET jit = off AS $$
DECLARE
    -- When this transaction began, which is before it has an id.
    moment  CONSTANT timestamptz := now();
    running CONSTANT pg_snapshot := pg_current_snapshot();
    slack   CONSTANT interval := make_interval(secs => p_slack_s);
    state   iris.rollup_state;
    ready   timestamptz;
    upto    timestamptz;
    facts   iris.event_fact[];
BEGIN
    SELECT s.* INTO state FROM iris.rollup_state s FOR UPDATE SKIP LOCKED;
    events := 0;
    days := '{}';
    more := false;
    IF state.only_row IS NULL THEN RETURN; END IF;

    -- A fence from the future is that of another server, from which these tables were restored. Transactions of other
    -- databases write nothing here; those that ended since the snapshot are seen by the next statement.
    IF state.fence_xid > pg_snapshot_xmax(running) OR state.fence_at IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM pg_snapshot_xip(running) x(id)
         WHERE x.id < state.fence_xid
           AND (x.id::xid IN (SELECT a.backend_xid FROM pg_stat_activity a WHERE a.datname = current_database())
                OR x.id::xid IN (SELECT p.transaction FROM pg_prepared_xacts p WHERE p.database = current_database())))
    THEN
        ready := state.fence_at - slack;
        SELECT max(c.recorded_at), count(*) INTO upto, events
          FROM (SELECT e.recorded_at FROM iris.iris_events e
                 WHERE e.recorded_at >= state.watermark AND e.recorded_at < ready
                 ORDER BY e.recorded_at LIMIT p_batch) c;
        more := events >= p_batch;
        -- Those of one microsecond stay together.
        upto := CASE WHEN more THEN upto + interval '1 microsecond' ELSE ready END;
    END IF;
    IF events > 0 THEN
        facts := ARRAY(SELECT f FROM iris.event_facts(
            state.watermark, upto, NULL, NULL, p_time_zone, p_topics, p_latency_ms) f);
        PERFORM iris.add_to_roll_ups(facts);
        days := ARRAY(SELECT DISTINCT f.day FROM unnest(facts) f);
    END IF;
    UPDATE iris.rollup_state s SET watermark = greatest(s.watermark, upto);
    IF state.fence_at IS NULL OR ready IS NOT NULL AND NOT more THEN
        UPDATE iris.rollup_state s SET fence_at = moment, fence_xid = pg_current_xact_id();
        -- Most often nothing is in the new fence's way, either.
        more := state.fence_at IS NULL OR moment - state.fence_at > greatest(slack, interval '1 s');
    END IF;
END $$;

-- Adds facts to all roll-ups. What compares with the state before comes before what changes it.
CREATE OR REPLACE FUNCTION iris.add_to_roll_ups(p_facts iris.event_fact[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    WITH moves AS (SELECT * FROM iris.cohort_moves(p_facts)),
    users AS (
        INSERT INTO iris.rollup_users AS u (user_id, first_day, after_1, after_7, after_30)
        SELECT m.user_id, m.first_day, m.after_1, m.after_7, m.after_30 FROM moves m
        ON CONFLICT (user_id) DO UPDATE SET first_day = excluded.first_day, after_1 = excluded.after_1,
            after_7 = excluded.after_7, after_30 = excluded.after_30)
    INSERT INTO iris.rollup_cohorts AS c (day, users, after_1, after_7, after_30)
    SELECT d.day, sum(d.sign), sum(d.sign * d.after_1::integer), sum(d.sign * d.after_7::integer),
           sum(d.sign * d.after_30::integer)
      FROM moves m
     CROSS JOIN LATERAL (VALUES (m.first_day, 1, m.after_1, m.after_7, m.after_30),
           ((m.before).first_day, -1, (m.before).after_1, (m.before).after_7, (m.before).after_30))
           d(day, sign, after_1, after_7, after_30)
     WHERE d.day IS NOT NULL
     GROUP BY d.day
    ON CONFLICT (day) DO UPDATE SET users = c.users + excluded.users, after_1 = c.after_1 + excluded.after_1,
        after_7 = c.after_7 + excluded.after_7, after_30 = c.after_30 + excluded.after_30;

    WITH moves AS (SELECT * FROM iris.audience_moves(p_facts)),
    audiences AS (
        INSERT INTO iris.rollup_audiences (audience, user_id, last_day)
        SELECT m.audience, m.user_id, m.last_day FROM moves m
        ON CONFLICT (user_id, audience) DO UPDATE SET last_day = excluded.last_day)
    INSERT INTO iris.rollup_audience_sizes AS s (audience, last_day, users)
    SELECT m.audience, d.day, sum(d.sign)
      FROM moves m CROSS JOIN LATERAL (VALUES (m.last_day, 1), (m.before, -1)) d(day, sign)
     WHERE d.day IS NOT NULL
     GROUP BY m.audience, d.day
    ON CONFLICT (audience, last_day) DO UPDATE SET users = s.users + excluded.users;

    INSERT INTO iris.rollup_days AS d SELECT * FROM iris.day_gains(p_facts)
    ON CONFLICT (day) DO UPDATE SET
        requests = d.requests + excluded.requests, users = d.users + excluded.users,
        answers = d.answers + excluded.answers, blocked = d.blocked + excluded.blocked,
        cached = d.cached + excluded.cached, partials = d.partials + excluded.partials,
        fallbacks = d.fallbacks + excluded.fallbacks, timed = d.timed + excluded.timed,
        response_ms = d.response_ms + excluded.response_ms, tokens_in = d.tokens_in + excluded.tokens_in,
        tokens_out = d.tokens_out + excluded.tokens_out, cost_micro = d.cost_micro + excluded.cost_micro,
        ratings = d.ratings + excluded.ratings, rating_sum = d.rating_sum + excluded.rating_sum,
        upgrades = d.upgrades + excluded.upgrades, downgrades = d.downgrades + excluded.downgrades,
        registrations = d.registrations + excluded.registrations;

    INSERT INTO iris.rollup_breakdowns AS b (day, kind, label, events)
    SELECT f.day, l.kind, CASE WHEN l.label ~ '^[a-z0-9_]{1,40}$' THEN l.label ELSE 'other' END, sum(f.events)
      FROM (SELECT u.day, u.event_type, u.topic, u.tier, u.detail, u.bucket, sum(u.events) AS events
              FROM unnest(p_facts) u WHERE u.events > 0 GROUP BY 1, 2, 3, 4, 5, 6) f
     CROSS JOIN LATERAL (VALUES
           ('event', f.event_type),
           ('topic', CASE WHEN f.event_type = 'chat_request' THEN f.topic END),
           ('tier', CASE WHEN f.event_type = 'chat_request' THEN f.tier END),
           (CASE f.event_type WHEN 'chat_response' THEN 'finish' WHEN 'chat_partial' THEN 'partial' WHEN 'login' THEN 'login'
                END, f.detail),
           ('latency', coalesce(nullif(f.bucket, 0)::text, CASE f.bucket WHEN 0 THEN 'inf' END))) l(kind, label)
     WHERE l.kind IS NOT NULL AND l.label IS NOT NULL
     GROUP BY 1, 2, 3
    ON CONFLICT (day, kind, label) DO UPDATE SET events = b.events + excluded.events;

    INSERT INTO iris.rollup_user_days AS d SELECT * FROM iris.user_day_gains(p_facts)
    ON CONFLICT (user_id, day, topic) DO UPDATE SET
        messages = d.messages + excluded.messages, timed = d.timed + excluded.timed,
        response_ms = d.response_ms + excluded.response_ms, tokens_in = d.tokens_in + excluded.tokens_in,
        tokens_out = d.tokens_out + excluded.tokens_out, ratings = d.ratings + excluded.ratings,
        rating_sum = d.rating_sum + excluded.rating_sum;

    INSERT INTO iris.rollup_conversations AS c (user_id, session_id, last_day)
    SELECT f.user_id, f.session_id, max(f.day) FROM unnest(p_facts) f
     WHERE f.user_id IS NOT NULL AND f.session_id IS NOT NULL AND f.event_type = 'chat_request'
     GROUP BY f.user_id, f.session_id
    ON CONFLICT (user_id, session_id) DO UPDATE SET last_day = excluded.last_day WHERE c.last_day < excluded.last_day;
END $$;

-- Removes what roll-ups keep by pseudonym of days more than p_keep_days ago, at most p_batch rows of a table; true: there may be
-- more. The tables are read from end to end for it, so that no index has to be kept for it: once a day is enough.
CREATE OR REPLACE FUNCTION iris.prune_roll_ups(
    p_keep_days integer, p_time_zone text, p_batch integer, OUT pruned bigint, OUT more boolean)
LANGUAGE plpgsql SET jit = off AS $$
DECLARE
    today CONSTANT date := (now() AT TIME ZONE p_time_zone)::date;
    first CONSTANT date := today - least(p_keep_days, 36500);
    state iris.rollup_state;
    gone  bigint;
BEGIN
    pruned := 0;
    more := false;
    SELECT s.* INTO state FROM iris.rollup_state s FOR UPDATE SKIP LOCKED;
    IF NOT FOUND OR state.pruned_on = today THEN RETURN; END IF;
    DELETE FROM iris.rollup_user_days d WHERE d.ctid = ANY (ARRAY(
        SELECT o.ctid FROM iris.rollup_user_days o WHERE o.day < first LIMIT p_batch));
    GET DIAGNOSTICS gone = ROW_COUNT;
    pruned := pruned + gone;
    more := more OR gone >= p_batch;
    DELETE FROM iris.rollup_conversations c WHERE c.ctid = ANY (ARRAY(
        SELECT o.ctid FROM iris.rollup_conversations o WHERE o.last_day < first LIMIT p_batch));
    GET DIAGNOSTICS gone = ROW_COUNT;
    pruned := pruned + gone;
    more := more OR gone >= p_batch;
    WITH past AS (
        DELETE FROM iris.rollup_audiences a WHERE a.ctid = ANY (ARRAY(
            SELECT o.ctid FROM iris.rollup_audiences o WHERE o.last_day < first LIMIT p_batch))
        RETURNING a.audience, a.user_id),
    users AS (
        DELETE FROM iris.rollup_users u USING past p WHERE p.audience = 'active' AND u.user_id = p.user_id RETURNING 1)
    SELECT count(*) + (SELECT count(*) FROM users), count(*) >= p_batch OR more INTO gone, more FROM past;
    pruned := pruned + gone;
    IF NOT more THEN
        DELETE FROM iris.rollup_audience_sizes s WHERE s.last_day < first;
        UPDATE iris.rollup_state s SET pruned_on = today;
    END IF;
END $$;

-- Up to when everything is counted by who adds the first p_most events that are not in the roll-ups: p_now, unless there are
-- more.
CREATE OR REPLACE FUNCTION iris.counted_until(p_mark timestamptz, p_most bigint, p_now timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE
RETURN coalesce((SELECT e.recorded_at FROM iris.iris_events e WHERE e.recorded_at >= p_mark
                  ORDER BY e.recorded_at OFFSET p_most LIMIT 1), p_now);
