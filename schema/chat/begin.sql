-- Chat: SQL call 1 ----------------------------------------------------------------------------------------------------

DROP FUNCTION IF EXISTS iris.begin_chat(uuid, uuid, uuid, boolean, uuid, uuid, text, text, text, integer, integer, integer,
    integer, integer, integer, integer);
DROP FUNCTION IF EXISTS iris.recent_turns(uuid, timestamptz, integer);

-- Everything that a chat must know before the model is asked, in one round trip: is the session alive, the account
-- enabled, the conversation the user's; is it a repeat; may one more message pass (and if so it is reserved, and the
-- question kept as pending); what was said before and what is known of the user. `outcome` is 'reserved'; 'cached', when
-- `cached` holds the answer and no place in the day was taken; 'replayed', when `document` and `document_usage` hold the
-- answer given before; 'in_progress', when `known_worker` is answering it as `known_turn`; or the word that the program
-- turns into a problem.
-- A free_day of null is no limit, likewise the others. What is null of p_app, p_key, p_cache_key and p_budget costs nothing.
-- p_takeover: the turn of this key whose worker is known to be dead: it is answered again, in its place.
CREATE OR REPLACE FUNCTION iris.begin_chat(
    p_user uuid, p_session uuid, p_conversation uuid, p_new_conversation boolean, p_turn uuid, p_question_id uuid,
    p_question text, p_topic text, p_time_zone text, p_lapse_seconds integer,
    p_free_day integer, p_free_minute integer, p_free_turns integer,
    p_premium_day integer, p_premium_minute integer, p_premium_turns integer,
    p_app text, p_key text, p_body_hash text, p_worker text, p_takeover uuid, p_cache_key bytea, p_budget bigint,
    OUT outcome text, OUT tier text, OUT day_limit integer, OUT day_used integer, OUT day_reserved integer,
    OUT minute_limit integer, OUT minute_used integer, OUT minute_reset_s integer, OUT day_reset_s integer,
    OUT retry_after_s integer, OUT resets_at text, OUT turns integer, OUT history text,
    OUT profile text, OUT context text, OUT summary text, OUT summarised_until timestamptz, OUT over_budget boolean,
    OUT cached text, OUT known_turn uuid, OUT known_worker text, OUT document text, OUT document_usage text)
LANGUAGE plpgsql AS $$
DECLARE
    account     record;
    today       date;
    moment      timestamptz;
    recent      timestamptz[];
    turn_limit  integer;
    started     timestamptz;
    next_lapse  timestamptz;
    known       iris.idempotency_keys;
    -- The day of the reservation that this question takes over.
    taken_day   date;
BEGIN
    -- The reservation may be lost in a crash of the server; the turn, which iris.finish_chat writes, never.
    PERFORM set_config('synchronous_commit', 'off', true);

    SELECT a.tier, a.beta_until, a.disabled_at IS NOT NULL AS disabled,
           s.id IS NOT NULL AND s.revoked_at IS NULL AND s.expires_at > now() AS alive,
           CASE WHEN num_nonnulls(a.current_job, a.target_job, a.sector, a.experience_years, a.region, a.goals) > 0
           THEN json_build_object('current_job', a.current_job, 'target_job', a.target_job, 'sector', a.sector,
               'experience_years', a.experience_years, 'region', a.region, 'goals', a.goals)::text
           END AS profile
      INTO account
      FROM iris.accounts a LEFT JOIN iris.sessions s ON s.id = p_session AND s.account_id = a.id
     WHERE a.id = p_user
       FOR KEY SHARE OF a;
    IF NOT FOUND OR NOT account.alive THEN outcome := 'session_revoked'; RETURN; END IF;
    IF account.disabled THEN outcome := 'account_disabled'; RETURN; END IF;

    IF NOT p_new_conversation THEN
        SELECT c.started_at, c.message_count, c.summary, c.summarised_until
          INTO started, turns, summary, summarised_until
          FROM iris.iris_chat_sessions c
         WHERE c.session_id = p_conversation AND c.user_id = p_user AND c.deleted_at IS NULL;
        IF NOT FOUND THEN outcome := 'not_found'; RETURN; END IF;
    END IF;
    turns := coalesce(turns, 0);

    -- The user's requests take their turn on this row; the time is read after the lock was given.
    -- It is missing at the first request, and after an operator reset the minute, who may do so at any moment.
    LOOP
        SELECT u.requests INTO recent FROM iris.user_minute_usage u WHERE u.user_id = p_user FOR UPDATE;
        EXIT WHEN FOUND;
        INSERT INTO iris.user_minute_usage (user_id) VALUES (p_user) ON CONFLICT DO NOTHING;
    END LOOP;
    moment := clock_timestamp();
    today := (moment AT TIME ZONE p_time_zone)::date;
    tier := iris.effective_tier(account.tier, account.beta_until, today);
    IF tier = 'premium' THEN
        day_limit := p_premium_day; minute_limit := p_premium_minute; turn_limit := p_premium_turns;
    ELSE
        day_limit := p_free_day; minute_limit := p_free_minute; turn_limit := p_free_turns;
        summary := NULL; summarised_until := NULL;
    END IF;

    -- Later than now is what a clock said before it was set back.
    recent := coalesce((SELECT array_agg(r ORDER BY r) FROM unnest(recent) r
                         WHERE r > moment - interval '60 s' AND r <= moment), '{}');
    minute_used := cardinality(recent);
    minute_reset_s := CASE WHEN minute_used > 0
        THEN greatest(1, ceil(extract(epoch FROM recent[1] + interval '60 s' - moment))) ELSE 60 END;
    resets_at := iris.rfc3339(iris.end_of_day(today, p_time_zone));
    day_reset_s := greatest(1, ceil(extract(epoch FROM iris.end_of_day(today, p_time_zone) - moment)));
    -- One statement, so one snapshot: a settlement between two would be missed by both counts.
    SELECT coalesce((SELECT d.message_count FROM iris.user_daily_usage d
                      WHERE d.user_id = p_user AND d.date = today), 0),
           count(*), min(q.expires_at)
      INTO day_used, day_reserved, next_lapse
      FROM iris.quota_reservations q WHERE q.user_id = p_user AND q.date = today AND q.expires_at > moment;

    -- A key is locked before a reservation, here and at the end: two that meet never wait for each other.
    IF p_key IS NOT NULL THEN
        DELETE FROM iris.idempotency_keys k WHERE k.user_id = p_user AND k.expires_at <= moment;
        SELECT k.* INTO known FROM iris.idempotency_keys k
         WHERE k.user_id = p_user AND k.route = 'chat' AND k.key = p_key FOR UPDATE;
        IF known.body_hash <> p_body_hash THEN outcome := 'idempotency_mismatch'; RETURN; END IF;
        IF known.document IS NOT NULL THEN
            outcome := 'replayed';
            known_turn := known.turn_id; document := known.document; document_usage := known.usage;
            RETURN;
        END IF;
        IF known.turn_id IS NOT NULL AND p_takeover IS DISTINCT FROM known.turn_id THEN
            outcome := 'in_progress';
            known_turn := known.turn_id; known_worker := known.worker;
            retry_after_s := greatest(1, ceil(extract(epoch FROM known.expires_at - moment)));
            RETURN;
        END IF;
        SELECT q.date INTO taken_day FROM iris.quota_reservations q
         WHERE q.id = known.turn_id AND q.expires_at > moment;
    END IF;

    IF day_used + day_reserved >= day_limit AND taken_day IS NULL THEN
        outcome := 'daily_quota_exceeded';
        -- While answers are being written, one that fails may free its place when its reservation ends.
        retry_after_s := CASE WHEN day_used >= day_limit THEN day_reset_s
            ELSE least(day_reset_s, greatest(1, ceil(extract(epoch FROM next_lapse - moment)))) END;
        day_reset_s := retry_after_s;
        RETURN;
    END IF;
    IF minute_used >= minute_limit THEN
        outcome := 'rate_limited';
        -- The limit may have shrunk: one more passes when fewer than it are left.
        retry_after_s := greatest(1, ceil(extract(epoch FROM
            recent[minute_used - minute_limit + 1] + interval '60 s' - moment)));
        minute_reset_s := retry_after_s;
        RETURN;
    END IF;

    outcome := 'reserved';
    profile := account.profile;
    -- Without a limit nobody asks how many there were, and the list would grow with every request.
    IF minute_limit IS NOT NULL THEN
        UPDATE iris.user_minute_usage SET requests = recent || moment WHERE user_id = p_user;
    END IF;
    IF minute_used = 0 THEN minute_reset_s := 60; END IF;
    minute_used := minute_used + 1;

    IF known.turn_id IS NOT NULL THEN
        UPDATE iris.iris_messages m SET status = 'abandoned'
         WHERE m.id = known.question_id AND m.created_at = iris.uuid_v7_time(known.question_id) AND m.status = 'pending';
        DELETE FROM iris.quota_reservations q WHERE q.id = known.turn_id;
        IF taken_day = today THEN day_reserved := day_reserved - 1; END IF;
    END IF;
    IF p_cache_key IS NOT NULL AND p_new_conversation AND p_app IS NULL AND profile IS NULL THEN
        UPDATE iris.answer_cache c SET hits = c.hits + 1
         WHERE c.key = p_cache_key AND c.tier = begin_chat.tier AND c.expires_at > moment
        RETURNING json_build_object('answer', c.answer, 'model', c.model, 'confidence', c.confidence,
            'topic', c.topic, 'finish', c.finish)::text INTO cached;
    END IF;
    DELETE FROM iris.quota_reservations WHERE user_id = p_user AND expires_at <= moment;
    IF cached IS NOT NULL THEN
        outcome := 'cached';
    ELSE
        INSERT INTO iris.quota_reservations (id, user_id, date, expires_at)
        VALUES (p_turn, p_user, coalesce(taken_day, today), moment + make_interval(secs => p_lapse_seconds));
        IF taken_day IS NULL OR taken_day = today THEN day_reserved := day_reserved + 1; END IF;
    END IF;
    IF p_key IS NOT NULL THEN
        INSERT INTO iris.idempotency_keys AS k (user_id, route, key, body_hash, turn_id, question_id, session_id, worker,
            expires_at)
        VALUES (p_user, 'chat', p_key, p_body_hash, p_turn, p_question_id, p_conversation, p_worker,
            moment + make_interval(secs => p_lapse_seconds))
        ON CONFLICT (user_id, route, key) DO UPDATE SET turn_id = excluded.turn_id, question_id = excluded.question_id,
            session_id = excluded.session_id, worker = excluded.worker, expires_at = excluded.expires_at;
    END IF;

    IF p_new_conversation THEN
        INSERT INTO iris.iris_chat_sessions (user_id, session_id) VALUES (p_user, p_conversation);
    ELSIF turn_limit > 0 THEN
        history := iris.recent_turns(p_conversation, started, summarised_until, turn_limit);
    END IF;
    INSERT INTO iris.iris_messages (id, session_id, user_id, turn_id, role, content, created_at, status, topic)
    VALUES (p_question_id, p_conversation, p_user, p_turn, 'user', p_question, iris.uuid_v7_time(p_question_id),
            'pending', p_topic);
    IF p_app IS NOT NULL THEN
        context := (SELECT x.data::text FROM iris.user_contexts x WHERE x.user_id = p_user AND x.app = p_app);
    END IF;
    IF p_budget IS NOT NULL THEN
        over_budget := (SELECT coalesce(sum(d.cost_micro), 0) >= p_budget FROM iris.daily_spend d WHERE d.date = today);
    END IF;
END $$;

-- The last answered turns of a conversation after a moment, oldest first, as a JSON array of [question, answer, turn_id];
-- null for none. PL/pgSQL keeps its plan, where a function in SQL would be planned at each call, which takes longer than all
-- else here. It has to be one by the indexes, also when it was made while the month's partition was empty.
CREATE OR REPLACE FUNCTION iris.recent_turns(
    p_conversation uuid, p_started timestamptz, p_after timestamptz, p_turns integer) RETURNS text
LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    -- Ids are made by the workers' clocks; greatest() ignores a null.
    since CONSTANT timestamptz := greatest(p_started - interval '1 day', p_after - interval '1 minute');
BEGIN
    RETURN (
        SELECT json_agg(json_build_array(t.question, t.answer, t.id) ORDER BY t.asked)::text
          FROM (SELECT q.content AS question, a.content AS answer, q.turn_id AS id, q.created_at AS asked
                  FROM iris.iris_messages q
                  JOIN iris.iris_messages a ON a.id = q.turn_id AND a.created_at = iris.uuid_v7_time(q.turn_id)
                 WHERE q.session_id = p_conversation AND q.role = 'user' AND q.created_at >= since
                   AND q.status IN ('complete', 'truncated') AND (p_after IS NULL OR a.created_at > p_after)
                 ORDER BY q.created_at DESC LIMIT p_turns) t);
END $$;
