-- Chat: SQL call 2 ----------------------------------------------------------------------------------------------------

DROP FUNCTION IF EXISTS iris.finish_chat(uuid, uuid, uuid, uuid, text, text, text, text, text, integer, text, text, text,
    double precision, integer, integer, integer, integer, integer, jsonb, jsonb);
DROP FUNCTION IF EXISTS iris.abandon_chat(uuid, uuid);

-- Completes a turn: the answer, the quota, the conversation's totals, the money, the events and errors, all or nothing. Safe
-- to repeat when the outcome of the first call is unknown: the answer's id decides, and where no answer may be kept the
-- events' ids. A charged turn counts on the day of its reservation also when that has lapsed. Returns what the answer tells
-- about the day.
-- p_charge: 'yes', 'no', or 'blocked': free up to p_free_blocks a day, then charged.
-- p_spend: what the day's budget is charged with, in millionths, an estimate where p_cost_micro is unknown.
-- p_key: of the request, with p_document to be given to its repeats for p_keep_seconds, and p_usage, the counts beside those
-- of the day. Without a document the key is free again.
CREATE OR REPLACE FUNCTION iris.finish_chat(
    p_user uuid, p_conversation uuid, p_turn uuid, p_question_id uuid, p_question text, p_topic text,
    p_answer text, p_status text, p_charge text, p_free_blocks integer, p_tier text, p_time_zone text,
    p_model text, p_confidence double precision, p_response_ms integer,
    p_tokens_in integer, p_tokens_out integer, p_tokens_cached integer, p_tokens_thought integer, p_events jsonb,
    p_errors jsonb, p_tokens_estimated integer, p_cost_micro bigint, p_spend bigint, p_alerts jsonb,
    p_key text, p_body_hash text, p_document text, p_usage jsonb, p_keep_seconds integer,
    OUT day_used integer, OUT day_reserved integer)
LANGUAGE plpgsql AS $$
DECLARE
    asked      CONSTANT timestamptz := iris.uuid_v7_time(p_question_id);
    moment     CONSTANT timestamptz := clock_timestamp();
    -- Another turn answers this key now: it was taken over, or ran afresh after the reservation lapsed.
    superseded boolean := false;
    inserted   boolean;
    kept       boolean := false;
    settles    boolean := false;
    charged    boolean;
    day        date;
    counts     jsonb;
BEGIN
    PERFORM iris.hold_account(p_user);
    IF p_key IS NOT NULL THEN
        SELECT k.turn_id <> p_turn INTO superseded FROM iris.idempotency_keys k
         WHERE k.user_id = p_user AND k.route = 'chat' AND k.key = p_key FOR UPDATE;
        superseded := coalesce(superseded, false);
    END IF;
    INSERT INTO iris.iris_messages (id, session_id, user_id, turn_id, role, content, created_at, status, topic, model,
        confidence, response_time_ms, tokens_in, tokens_out, tokens_cached, tokens_thought, tokens_estimated, cost_micro)
    SELECT p_turn, p_conversation, p_user, p_turn, 'assistant', p_answer, iris.uuid_v7_time(p_turn), p_status, p_topic,
        p_model, p_confidence, p_response_ms, p_tokens_in, p_tokens_out, p_tokens_cached, p_tokens_thought,
        p_tokens_estimated, p_cost_micro
     WHERE NOT superseded AND EXISTS (SELECT 1 FROM iris.accounts a WHERE a.id = p_user)
    ON CONFLICT DO NOTHING;
    inserted := FOUND;

    IF inserted THEN
        -- The conversation and the question are written again: the server may have crashed since the reservation.
        INSERT INTO iris.iris_chat_sessions AS c (user_id, session_id, message_count, total_tokens, avg_response_time)
        VALUES (p_user, p_conversation, 1, coalesce(p_tokens_in, 0) + coalesce(p_tokens_out, 0), p_response_ms)
        ON CONFLICT (session_id) DO UPDATE SET
            message_count = c.message_count + 1,
            total_tokens = c.total_tokens + excluded.total_tokens,
            avg_response_time = coalesce(c.avg_response_time, 0)
                + (excluded.avg_response_time - coalesce(c.avg_response_time, 0)) / (c.message_count + 1),
            last_message_at = moment
            WHERE c.deleted_at IS NULL;
        kept := FOUND;
        IF kept THEN
            INSERT INTO iris.iris_messages (id, session_id, user_id, turn_id, role, content, created_at, status, topic)
            VALUES (p_question_id, p_conversation, p_user, p_turn, 'user', p_question, asked, p_status, p_topic)
            ON CONFLICT (id, created_at) DO UPDATE SET status = excluded.status;
        ELSE
            -- Deleted, and locked by the attempt to update it: whoever deletes it later finds these rows.
            DELETE FROM iris.iris_messages m WHERE m.id = p_turn AND m.created_at = iris.uuid_v7_time(p_turn);
            DELETE FROM iris.iris_messages m WHERE m.id = p_question_id AND m.created_at = asked;
        END IF;
    END IF;

    IF inserted OR superseded THEN
        DELETE FROM iris.quota_reservations WHERE id = p_turn RETURNING date INTO day;
        settles := kept OR day IS NOT NULL;
        INSERT INTO iris.iris_events (id, user_id, event_type, timestamp, metadata, session_id)
        SELECT e.id, e.user_id, e.event_type, iris.uuid_v7_time(e.id), e.metadata, e.session_id
          FROM jsonb_to_recordset(p_events)
            AS e(id uuid, user_id text, event_type text, metadata jsonb, session_id text)
        ON CONFLICT DO NOTHING;
        settles := settles OR FOUND;
    END IF;
    IF settles THEN
        charged := p_charge = 'yes' AND NOT superseded;
        day := coalesce(day, (asked AT TIME ZONE p_time_zone)::date);
        INSERT INTO iris.user_daily_usage AS d (user_id, date, tier_at_time, last_message_at)
        SELECT p_user, day, p_tier, moment WHERE p_charge IN ('yes', 'blocked') AND NOT superseded
        ON CONFLICT (user_id, date) DO NOTHING;
        IF p_charge = 'blocked' AND NOT superseded THEN
            UPDATE iris.user_daily_usage d SET blocked_count = blocked_count + 1
             WHERE d.user_id = p_user AND d.date = day RETURNING blocked_count > p_free_blocks INTO charged;
        END IF;
        IF charged THEN
            UPDATE iris.user_daily_usage d
               SET message_count = message_count + 1, tier_at_time = p_tier, last_message_at = moment
             WHERE d.user_id = p_user AND d.date = day;
        END IF;
        INSERT INTO iris.iris_errors (id, error_type, error_message, timestamp, user_id, context)
        SELECT e.id, e.error_type, e.error_message, iris.uuid_v7_time(e.id), e.user_id, e.context
          FROM jsonb_to_recordset(p_errors)
            AS e(id uuid, error_type text, error_message text, user_id text, context jsonb);
    END IF;

    day := (moment AT TIME ZONE p_time_zone)::date;
    SELECT coalesce((SELECT d.message_count FROM iris.user_daily_usage d
                      WHERE d.user_id = p_user AND d.date = day), 0),
           count(*)
      INTO day_used, day_reserved
      FROM iris.quota_reservations q WHERE q.user_id = p_user AND q.date = day AND q.expires_at > moment;

    IF p_key IS NOT NULL AND NOT superseded THEN
        IF kept AND p_document IS NOT NULL THEN
            INSERT INTO iris.idempotency_keys AS k (user_id, route, key, body_hash, turn_id, question_id, session_id,
                document, usage, expires_at)
            VALUES (p_user, 'chat', p_key, p_body_hash, p_turn, p_question_id, p_conversation, p_document,
                p_usage || jsonb_build_object('day_used', day_used, 'day_reserved', day_reserved),
                moment + make_interval(secs => p_keep_seconds))
            ON CONFLICT (user_id, route, key) DO UPDATE SET
                worker = NULL, document = excluded.document, usage = excluded.usage, expires_at = excluded.expires_at;
        ELSIF settles THEN
            DELETE FROM iris.idempotency_keys k WHERE k.user_id = p_user AND k.route = 'chat' AND k.key = p_key;
        ELSE
            -- The call was sent twice: the user reads the counts that a repeat of the request will read.
            counts := (SELECT k.usage FROM iris.idempotency_keys k
                        WHERE k.user_id = p_user AND k.route = 'chat' AND k.key = p_key);
            day_used := coalesce((counts->>'day_used')::integer, day_used);
            day_reserved := coalesce((counts->>'day_reserved')::integer, day_reserved);
        END IF;
    END IF;
    -- Last, because all settlements may meet here.
    IF settles AND p_spend > 0 THEN PERFORM iris.add_spend((moment AT TIME ZONE p_time_zone)::date, p_spend); END IF;
    IF settles AND p_alerts IS NOT NULL THEN PERFORM iris.raise_alerts(p_alerts); END IF;
END $$;

-- Adds to what the models cost on a day. Each connection has its row among sixteen.
CREATE OR REPLACE FUNCTION iris.add_spend(p_day date, p_spend bigint) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO iris.daily_spend AS d (date, shard, cost_micro) VALUES (p_day, pg_backend_pid() % 16, p_spend)
    ON CONFLICT (date, shard) DO UPDATE SET cost_micro = d.cost_micro + excluded.cost_micro
$$;

-- Notes what an operator must hear of: an array of {kind, subject, detail}.
CREATE OR REPLACE FUNCTION iris.raise_alerts(p_alerts jsonb) RETURNS void
LANGUAGE sql AS $$
    -- In one order, so that two calls never wait for each other.
    INSERT INTO iris.alerts AS a (kind, subject, first_at, last_at, detail)
    SELECT DISTINCT ON (n.kind, n.subject) n.kind, n.subject, clock_timestamp(), clock_timestamp(), n.detail
      FROM jsonb_to_recordset(p_alerts) AS n(kind text, subject text, detail jsonb)
     ORDER BY n.kind, n.subject
    ON CONFLICT (kind, subject) DO UPDATE SET
        last_at = excluded.last_at, detail = excluded.detail, resolved_at = NULL,
        count = CASE WHEN a.resolved_at IS NULL THEN a.count + 1 ELSE 1 END,
        first_at = CASE WHEN a.resolved_at IS NULL THEN a.first_at ELSE excluded.first_at END,
        notified_at = CASE WHEN a.resolved_at IS NULL THEN a.notified_at END
$$;

-- Records what happened where no turn is settled: events, errors, alerts and money, as iris.finish_chat takes them.
CREATE OR REPLACE FUNCTION iris.record(
    p_events jsonb, p_errors jsonb, p_alerts jsonb, p_spend bigint, p_time_zone text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF p_spend > 0 THEN PERFORM iris.add_spend((now() AT TIME ZONE p_time_zone)::date, p_spend); END IF;
    INSERT INTO iris.iris_events (id, user_id, event_type, timestamp, metadata, session_id)
    SELECT e.id, e.user_id, e.event_type, iris.uuid_v7_time(e.id), e.metadata, e.session_id
      FROM jsonb_to_recordset(p_events)
        AS e(id uuid, user_id text, event_type text, metadata jsonb, session_id text)
    ON CONFLICT DO NOTHING;
    INSERT INTO iris.iris_errors (id, error_type, error_message, timestamp, user_id, context)
    SELECT e.id, e.error_type, e.error_message, iris.uuid_v7_time(e.id), e.user_id, e.context
      FROM jsonb_to_recordset(p_errors)
        AS e(id uuid, error_type text, error_message text, user_id text, context jsonb)
    ON CONFLICT DO NOTHING;
    PERFORM iris.raise_alerts(p_alerts);
END $$;

-- Gives a reservation and a key back without an answer: the client left before there was one. The question stays, as
-- abandoned, unless its conversation was deleted meanwhile.
CREATE OR REPLACE FUNCTION iris.abandon_chat(p_user uuid, p_turn uuid, p_question_id uuid, p_key text) RETURNS void
LANGUAGE sql AS $$
    SELECT iris.hold_account(p_user);
    DELETE FROM iris.idempotency_keys k
     WHERE k.user_id = p_user AND k.route = 'chat' AND k.key = p_key AND k.turn_id = p_turn;
    DELETE FROM iris.quota_reservations WHERE id = p_turn;
    UPDATE iris.iris_messages SET status = 'abandoned'
     WHERE id = p_question_id AND created_at = iris.uuid_v7_time(p_question_id) AND status = 'pending';
    DELETE FROM iris.iris_messages m USING iris.iris_chat_sessions c
     WHERE m.id = p_question_id AND m.created_at = iris.uuid_v7_time(p_question_id)
       AND c.session_id = m.session_id AND c.deleted_at IS NOT NULL;
$$;
