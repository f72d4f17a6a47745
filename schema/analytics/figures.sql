-- The figures of GET /api/v1/metrics over the p_days days that end with that of p_now (null: now), before anything is withheld or rounded, each with
-- the number of different users over whom it is taken: from the roll-ups and from the events that are not in them yet, the
-- first p_most of those. `section` is 'day' and 'topic' (events), 'response_time' and 'satisfaction' (events and their total),
-- 'conversion' (who upgraded), 'retention' (who came back after `label` days), and 'until': up to when everything is counted.
CREATE OR REPLACE FUNCTION iris.public_figures(
    p_now timestamptz, p_time_zone text, p_days integer, p_most bigint, p_topics text[], p_latency_ms integer[],
    OUT section text, OUT label text, OUT events bigint, OUT total bigint, OUT users bigint) RETURNS SETOF record
LANGUAGE plpgsql STABLE SET jit = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    moment CONSTANT timestamptz := coalesce(p_now, now());
    today CONSTANT date := (moment AT TIME ZONE p_time_zone)::date;
    first CONSTANT date := today - p_days + 1;
    mark  CONSTANT timestamptz := (SELECT s.watermark FROM iris.rollup_state s);
    facts CONSTANT iris.event_fact[] := ARRAY(SELECT f FROM iris.event_facts(
        mark, 'infinity', p_most, NULL, p_time_zone, p_topics, p_latency_ms) f);
BEGIN
    RETURN QUERY
    WITH days AS (
        SELECT g.day::date AS day, sum(d.requests)::bigint AS requests, sum(d.users)::bigint AS users,
               sum(d.timed)::bigint AS timed, sum(d.response_ms)::bigint AS response_ms,
               sum(d.ratings)::bigint AS ratings, sum(d.rating_sum)::bigint AS rating_sum
          FROM generate_series(first::timestamp, today::timestamp, interval '1 day') g(day)
          LEFT JOIN (SELECT * FROM iris.rollup_days r WHERE r.day BETWEEN first AND today
                     UNION ALL SELECT * FROM iris.day_gains(facts)) d ON d.day = g.day::date
         GROUP BY g.day),
    sizes AS (
        SELECT a.audience, sum(a.users)::bigint AS users
          FROM (SELECT s.audience, s.users FROM iris.rollup_audience_sizes s WHERE s.last_day >= first
                UNION ALL
                SELECT m.audience, 1 FROM iris.audience_moves(facts) m
                 WHERE m.last_day >= first AND (m.before IS NULL OR m.before < first)) a
         GROUP BY a.audience),
    topics AS (
        SELECT t.topic, sum(t.events)::bigint AS requests
          FROM (SELECT b.label AS topic, b.events FROM iris.rollup_breakdowns b
                 WHERE b.day BETWEEN first AND today AND b.kind = 'topic'
                UNION ALL
                SELECT f.topic, f.events FROM unnest(facts) f
                 WHERE f.event_type = 'chat_request' AND f.topic IS NOT NULL AND f.day BETWEEN first AND today) t
         GROUP BY t.topic),
    -- Returns are counted once the day on which they could happen is over.
    cohorts AS (
        SELECT k.days, sum(c.users)::bigint AS users,
               sum(CASE k.days WHEN 1 THEN c.after_1 WHEN 7 THEN c.after_7 WHEN 30 THEN c.after_30 END)::bigint AS returned
          FROM (VALUES (1), (7), (30)) k(days)
          LEFT JOIN (
            SELECT * FROM iris.rollup_cohorts r WHERE r.day BETWEEN first - 30 AND today
            UNION ALL
            SELECT v.* FROM iris.cohort_moves(facts) m
             CROSS JOIN LATERAL (VALUES
                (m.first_day, 1, m.after_1::integer, m.after_7::integer, m.after_30::integer),
                ((m.before).first_day, -1, - (m.before).after_1::integer, - (m.before).after_7::integer,
                    - (m.before).after_30::integer)) v) c ON c.day + k.days BETWEEN first AND today - 1
         GROUP BY k.days)
    SELECT 'day', d.day::text, coalesce(d.requests, 0), NULL::bigint, coalesce(d.users, 0) FROM days d
    UNION ALL
    SELECT 'topic', t.topic, t.requests, NULL, coalesce(s.users, 0)
      FROM topics t LEFT JOIN sizes s ON s.audience = 'topic:' || t.topic
    UNION ALL
    SELECT 'response_time', NULL, sum(d.timed)::bigint, sum(d.response_ms)::bigint,
           (SELECT s.users FROM sizes s WHERE s.audience = 'answered') FROM days d
    UNION ALL
    SELECT 'satisfaction', NULL, sum(d.ratings)::bigint, sum(d.rating_sum)::bigint,
           (SELECT s.users FROM sizes s WHERE s.audience = 'rated') FROM days d
    UNION ALL
    SELECT 'conversion', NULL, (SELECT s.users FROM sizes s WHERE s.audience = 'upgraded'), NULL,
           (SELECT s.users FROM sizes s WHERE s.audience = 'free')
    UNION ALL
    SELECT 'retention', c.days::text, c.returned, NULL, c.users FROM cohorts c
    UNION ALL
    SELECT 'until', iris.rfc3339(iris.counted_until(mark, p_most, moment)), NULL, NULL, NULL;
END $$;

-- What a user did in the p_days days that end with that of p_now (null: now), under these pseudonyms, from roll-ups and events as iris.public_figures:
-- 'day' (messages, answers with a known time, their milliseconds), 'topic' (messages), 'sessions' (conversations), 'tokens'
-- (in and out), 'satisfaction' (ratings and their sum). Conversations are counted by their pseudonyms: one that goes on after
-- a change of keys counts twice.
CREATE OR REPLACE FUNCTION iris.user_figures(
    p_users text[], p_now timestamptz, p_time_zone text, p_days integer, p_most bigint, p_topics text[],
    p_latency_ms integer[],
    OUT section text, OUT label text, OUT events bigint, OUT timed bigint, OUT total bigint) RETURNS SETOF record
LANGUAGE plpgsql STABLE SET jit = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    today CONSTANT date := (coalesce(p_now, now()) AT TIME ZONE p_time_zone)::date;
    first CONSTANT date := today - p_days + 1;
    facts CONSTANT iris.event_fact[] := ARRAY(SELECT f FROM iris.event_facts(
        (SELECT s.watermark FROM iris.rollup_state s), 'infinity', p_most, p_users, p_time_zone, p_topics, p_latency_ms) f);
BEGIN
    RETURN QUERY
    WITH mine AS (
        SELECT d.* FROM iris.rollup_user_days d
         WHERE d.user_id = ANY (p_users) AND d.day BETWEEN first AND today
        UNION ALL
        SELECT g.* FROM iris.user_day_gains(facts) g WHERE g.day BETWEEN first AND today)
    SELECT 'day', g.day::date::text, coalesce(sum(m.messages), 0)::bigint, coalesce(sum(m.timed), 0)::bigint,
           coalesce(sum(m.response_ms), 0)::bigint
      FROM generate_series(first::timestamp, today::timestamp, interval '1 day') g(day)
      LEFT JOIN mine m ON m.day = g.day::date
     GROUP BY g.day
    UNION ALL
    SELECT 'topic', m.topic, sum(m.messages)::bigint, NULL, NULL FROM mine m WHERE m.topic <> '' GROUP BY m.topic
    UNION ALL
    SELECT 'sessions', NULL, count(*), NULL, NULL
      FROM (SELECT c.user_id, c.session_id FROM iris.rollup_conversations c
             WHERE c.user_id = ANY (p_users) AND c.last_day BETWEEN first AND today
            UNION
            SELECT f.user_id, f.session_id FROM unnest(facts) f
             WHERE f.session_id IS NOT NULL AND f.event_type = 'chat_request' AND f.day BETWEEN first AND today) s
    UNION ALL
    SELECT 'tokens', NULL, coalesce(sum(m.tokens_in), 0)::bigint, NULL, coalesce(sum(m.tokens_out), 0)::bigint FROM mine m
    UNION ALL
    SELECT 'satisfaction', NULL, coalesce(sum(m.ratings), 0)::bigint, NULL, coalesce(sum(m.rating_sum), 0)::bigint
      FROM mine m;
END $$;
