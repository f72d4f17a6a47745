-- What users keep: conversations to read again, shared contexts, feedback --------------------------------------------

-- A user's word on an answer, by the answer's message id.
CREATE TABLE IF NOT EXISTS iris.feedback (
    message_id uuid PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES iris.accounts ON DELETE CASCADE,
    session_id uuid NOT NULL,
    rating     smallint NOT NULL CHECK (rating BETWEEN 1 AND 5),
    comment    text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS feedback_user ON iris.feedback (user_id, created_at);
CREATE INDEX IF NOT EXISTS feedback_session ON iris.feedback (session_id);

-- What iris.authorise says of a token's session and account, for statements that do their work in the same round trip:
-- 'ok' or the word of the problem. PL/pgSQL keeps its plan, where a function in SQL would be planned at each call.
CREATE OR REPLACE FUNCTION iris.session_standing(p_user uuid, p_session uuid) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT CASE WHEN s.id IS NULL OR s.revoked_at IS NOT NULL OR s.expires_at <= now() THEN 'session_revoked'
                    WHEN a.disabled_at IS NOT NULL THEN 'account_disabled' ELSE 'ok' END
          FROM (SELECT p_user AS wanted) w
          LEFT JOIN iris.accounts a ON a.id = w.wanted
          LEFT JOIN iris.sessions s ON s.id = p_session AND s.account_id = a.id);
END $$;

-- The moment of a cursor. Exact up to 2^53 microseconds, which is the year 2255.
CREATE OR REPLACE FUNCTION iris.from_microseconds(moment bigint) RETURNS timestamptz
LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN timestamptz '1970-01-01 00:00:00+00' + interval '1 microsecond' * moment;

-- How a conversation began, its question cut to so many characters: what its title is made of.
CREATE OR REPLACE FUNCTION iris.first_question(p_conversation uuid, p_since timestamptz, p_length integer)
RETURNS TABLE (content text, topic text)
LANGUAGE sql STABLE AS $$
    SELECT left(m.content, p_length), m.topic
      FROM iris.iris_messages m
     WHERE m.session_id = p_conversation AND m.role = 'user' AND m.created_at >= p_since - interval '1 day'
     ORDER BY m.created_at LIMIT 1
$$;

-- Ends a conversation: what was said goes, the row stays, so that an answer being written meanwhile finds that it was
-- deleted. `outcome` is 'ok' or the word of the problem.
CREATE OR REPLACE FUNCTION iris.delete_conversation(
    p_user uuid, p_session uuid, p_conversation uuid, OUT outcome text)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM iris.hold_account(p_user);
    outcome := iris.session_standing(p_user, p_session);
    IF outcome <> 'ok' THEN RETURN; END IF;
    IF NOT EXISTS (SELECT 1 FROM iris.iris_chat_sessions c
                    WHERE c.session_id = p_conversation AND c.user_id = p_user AND c.deleted_at IS NULL) THEN
        outcome := 'not_found'; RETURN;
    END IF;
    -- Keys before the conversation, as iris.finish_chat locks them.
    DELETE FROM iris.idempotency_keys k WHERE k.session_id = p_conversation;
    UPDATE iris.iris_chat_sessions c SET deleted_at = now(), summary = NULL, summarised_until = NULL
     WHERE c.session_id = p_conversation AND c.user_id = p_user AND c.deleted_at IS NULL;
    IF NOT FOUND THEN outcome := 'not_found'; RETURN; END IF;
    DELETE FROM iris.feedback f WHERE f.session_id = p_conversation;
    DELETE FROM iris.iris_messages m WHERE m.session_id = p_conversation;
END $$;

-- Keeps a context in the place of the one before. `outcome` is 'ok', the word of the problem, or 'too_many' when it would
-- be one more than the p_most that a user may have.
CREATE OR REPLACE FUNCTION iris.put_context(
    p_user uuid, p_session uuid, p_app text, p_data jsonb, p_most integer, OUT outcome text)
LANGUAGE plpgsql AS $$
BEGIN
    -- The user's contexts take their turn on this row: two new ones at once would both see room for one.
    PERFORM 1 FROM iris.accounts a WHERE a.id = p_user FOR NO KEY UPDATE;
    outcome := iris.session_standing(p_user, p_session);
    IF outcome <> 'ok' THEN RETURN; END IF;
    IF p_app IS NULL THEN outcome := 'not_found'; RETURN; END IF;
    INSERT INTO iris.user_contexts AS c (user_id, app, data)
    SELECT p_user, p_app, p_data
     WHERE EXISTS (SELECT 1 FROM iris.user_contexts o WHERE o.user_id = p_user AND o.app = p_app)
        OR (SELECT count(*) FROM iris.user_contexts o WHERE o.user_id = p_user) < p_most
    ON CONFLICT (user_id, app) DO UPDATE SET data = excluded.data, updated_at = now();
    IF NOT FOUND THEN outcome := 'too_many'; END IF;
END $$;

-- Keeps a user's word on an answer in the place of the one before. What says nothing new changes nothing and is no event.
-- `outcome` is 'ok' or the word of the problem.
CREATE OR REPLACE FUNCTION iris.put_feedback(
    p_user uuid, p_session uuid, p_message uuid, p_rating smallint, p_comment text, p_event jsonb, OUT outcome text)
LANGUAGE plpgsql AS $$
DECLARE
    conversation uuid;
    previous     iris.feedback;
BEGIN
    PERFORM iris.hold_account(p_user);
    outcome := iris.session_standing(p_user, p_session);
    IF outcome <> 'ok' THEN RETURN; END IF;
    -- The lock keeps the conversation from being deleted before this is written, and lets ratings of an answer come one
    -- after the other, so that each knows the one before.
    SELECT c.session_id INTO conversation
      FROM iris.iris_messages m JOIN iris.iris_chat_sessions c ON c.session_id = m.session_id AND c.deleted_at IS NULL
     WHERE m.id = p_message AND m.created_at = iris.uuid_v7_time(p_message) AND m.user_id = p_user
       AND m.role = 'assistant'
       FOR NO KEY UPDATE OF c;
    IF NOT FOUND THEN outcome := 'not_found'; RETURN; END IF;
    SELECT f.* INTO previous FROM iris.feedback f WHERE f.message_id = p_message;
    INSERT INTO iris.feedback AS f (message_id, user_id, session_id, rating, comment)
    VALUES (p_message, p_user, conversation, p_rating, p_comment)
    ON CONFLICT (message_id) DO UPDATE
        SET rating = excluded.rating, comment = excluded.comment, updated_at = now()
        WHERE (f.rating, f.comment) IS DISTINCT FROM (excluded.rating, excluded.comment);
    IF FOUND THEN
        INSERT INTO iris.iris_events (id, user_id, event_type, metadata)
        -- With the rating before, where there was one, which the roll-ups take back from its day.
        SELECT e.id, e.user_id, e.event_type,
               e.metadata || jsonb_strip_nulls(jsonb_build_object('previous', previous.rating,
                   'previous_at', floor(extract(epoch FROM previous.updated_at) * 1000)::bigint))
          FROM jsonb_to_record(p_event) AS e(id uuid, user_id text, event_type text, metadata jsonb);
    END IF;
END $$;
