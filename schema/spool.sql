-- Spool: what was kept while the database was away ----------------------------------------------------------------------

-- What hosts told of happenings that no id of their own makes known; for some days, so that telling it twice does nothing.
CREATE TABLE IF NOT EXISTS iris.spool_replays (
    record_id   uuid PRIMARY KEY,
    replayed_at timestamptz NOT NULL DEFAULT now()
);
-- When a host last brought records of its spool.
ALTER TABLE iris.upkeep ADD COLUMN IF NOT EXISTS replayed_at timestamptz;

-- Where a turn goes that names p_claimed: there, if that conversation is the user's or was nobody's until now; else to p_other,
-- and if that is not to be had either, to one of its own. A conversation that the user deleted after asking takes the turn
-- along: iris.finish_chat then keeps no word of it. The row is there on return, and stays the user's.
CREATE OR REPLACE FUNCTION iris.spooled_place(
    p_user uuid, p_claimed uuid, p_other uuid, p_turn uuid, p_asked timestamptz, OUT place uuid, OUT is_new boolean)
LANGUAGE plpgsql AS $$
DECLARE
    owner   uuid;
    deleted timestamptz;
BEGIN
    FOREACH place IN ARRAY ARRAY[p_claimed, p_other, p_turn] LOOP
        INSERT INTO iris.iris_chat_sessions (user_id, session_id, started_at, last_message_at)
        VALUES (p_user, place, p_asked, p_asked) ON CONFLICT (session_id) DO NOTHING;
        is_new := FOUND;
        SELECT c.user_id, c.deleted_at INTO owner, deleted FROM iris.iris_chat_sessions c WHERE c.session_id = place;
        IF owner = p_user AND (deleted IS NULL OR deleted > p_asked) THEN RETURN; END IF;
    END LOOP;
END $$;

-- Completes a turn that was answered while the database was away, or when call 2 did not get through, by iris.finish_chat: its
-- ids decide that it happens once. 'kept'; 'known': it was there already; 'erased': the account is, and nothing is kept.
-- p_other_pseudonym stands for p_other in the events, if the turn goes there.
CREATE OR REPLACE FUNCTION iris.replay_turn(p_turn jsonb, p_other uuid, p_other_pseudonym text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    t       record;
    asked   timestamptz;
    target  record;
    known   iris.idempotency_keys;
    last_at timestamptz;
    events  jsonb;
BEGIN
    SELECT * INTO t FROM jsonb_to_record(p_turn) AS r(
        "user" uuid, conversation uuid, turn uuid, question_id uuid, question text, topic text, answer text, status text,
        charge text, free_blocks integer, tier text, time_zone text, model text, confidence double precision,
        response_ms integer, tokens_in integer, tokens_out integer, tokens_cached integer, tokens_thought integer,
        events text, errors text, tokens_estimated integer, cost_micro bigint, spend bigint, alerts text, key text,
        body_hash text, document text, usage text, keep_seconds integer);
    asked := iris.uuid_v7_time(t.question_id);
    events := t.events;
    PERFORM iris.hold_account(t."user");
    IF NOT EXISTS (SELECT 1 FROM iris.accounts a WHERE a.id = t."user") THEN RETURN 'erased'; END IF;
    IF EXISTS (SELECT 1 FROM iris.iris_messages m WHERE m.id = t.turn AND m.created_at = iris.uuid_v7_time(t.turn)) THEN
        RETURN 'known';
    END IF;

    IF t.key IS NOT NULL THEN
        DELETE FROM iris.idempotency_keys k
         WHERE k.user_id = t."user" AND k.route = 'chat' AND k.key = t.key AND k.expires_at <= asked;
        SELECT k.* INTO known FROM iris.idempotency_keys k
         WHERE k.user_id = t."user" AND k.route = 'chat' AND k.key = t.key FOR UPDATE;
        IF known.body_hash <> t.body_hash THEN
            -- Another question under the same key, which nobody could refuse: it is kept, and the key stays the first one's.
            t.key := NULL;
        ELSIF known.turn_id <> t.turn AND known.document IS NULL THEN
            -- This turn has an answer and that one has none yet: it takes the place, as a repeat takes a dead worker's.
            UPDATE iris.iris_messages m SET status = 'abandoned'
             WHERE m.id = known.question_id AND m.created_at = iris.uuid_v7_time(known.question_id) AND m.status = 'pending';
            DELETE FROM iris.quota_reservations q WHERE q.id = known.turn_id;
            UPDATE iris.idempotency_keys k SET turn_id = t.turn, question_id = t.question_id
             WHERE k.user_id = t."user" AND k.route = 'chat' AND k.key = t.key;
        END IF;
    END IF;

    target := iris.spooled_place(t."user", t.conversation, p_other, t.turn, asked);
    IF target.place <> t.conversation THEN
        events := (SELECT jsonb_agg(CASE WHEN e.value ->> 'session_id' IS NULL THEN e.value ELSE e.value
                        || jsonb_build_object('session_id', CASE WHEN target.place = p_other THEN p_other_pseudonym END) END)
                     FROM jsonb_array_elements(events) e);
        t.document := replace(t.document, format('"session_id":"%s"', t.conversation), format('"session_id":"%s"', target.place));
        -- What call 1 kept of the question would stay where it does not belong.
        UPDATE iris.iris_messages m SET session_id = target.place
         WHERE m.id = t.question_id AND m.created_at = asked AND m.user_id = t."user";
    END IF;
    SELECT c.last_message_at INTO last_at FROM iris.iris_chat_sessions c WHERE c.session_id = target.place;
    PERFORM iris.finish_chat(t."user", target.place, t.turn, t.question_id, t.question, t.topic, t.answer, t.status, t.charge,
        t.free_blocks, t.tier, t.time_zone, t.model, t.confidence, t.response_ms, t.tokens_in, t.tokens_out, t.tokens_cached,
        t.tokens_thought, coalesce(events, '[]'), t.errors::jsonb, t.tokens_estimated, t.cost_micro, t.spend, t.alerts::jsonb,
        t.key, t.body_hash, t.document, t.usage::jsonb, t.keep_seconds);
    -- It was said when it was said, not now.
    UPDATE iris.iris_chat_sessions c
       SET started_at = least(c.started_at, asked), last_message_at = greatest(last_at, iris.uuid_v7_time(t.turn))
     WHERE c.session_id = target.place AND c.deleted_at IS NULL;
    -- A repeat that was answered before left nothing to put there.
    DELETE FROM iris.iris_chat_sessions c WHERE c.session_id = target.place AND c.message_count = 0 AND target.is_new;
    RETURN 'kept';
END $$;

-- Records happenings, once by their id. Money counts on the day on which it was spent.
CREATE OR REPLACE FUNCTION iris.replay_happenings(p_record jsonb) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    h record;
BEGIN
    SELECT * INTO h FROM jsonb_to_record(p_record)
        AS r(id uuid, events text, errors text, alerts text, spend bigint, time_zone text);
    INSERT INTO iris.spool_replays (record_id) VALUES (h.id) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN RETURN 'known'; END IF;
    PERFORM iris.record(h.events::jsonb, h.errors::jsonb, h.alerts::jsonb, 0, h.time_zone);
    IF h.spend > 0 THEN PERFORM iris.add_spend((iris.uuid_v7_time(h.id) AT TIME ZONE h.time_zone)::date, h.spend); END IF;
    RETURN 'kept';
END $$;

-- Takes records of a spool: an array of {record, other, other_pseudonym}, record being the text that stands in the file. Each
-- is a transaction of its own, so that none keeps another's rows locked and one that is refused stops no other. `outcomes` are
-- their words, or the SQLSTATE of a refusal, in their order; after a refusal that may pass (a lock that was waited for longer
-- than p_lock_ms, a deadlock) the rest is left for another call. Everything is on the disk on return.
CREATE OR REPLACE PROCEDURE iris.replay(
    p_records jsonb, p_lock_ms integer, p_keep_seconds integer, INOUT outcomes text)
LANGUAGE plpgsql AS $$
DECLARE
    item    jsonb;
    entry   jsonb;
    outcome text;
BEGIN
    outcomes := '';
    FOR place IN 0 .. jsonb_array_length(p_records) - 1 LOOP
        -- The last commit below waits for the disk, and those before it with it.
        PERFORM set_config('synchronous_commit', 'off', true), set_config('lock_timeout', p_lock_ms::text, true);
        item := p_records -> place;
        BEGIN
            entry := item ->> 'record';
            outcome := CASE entry ->> 'kind'
                WHEN 'turn' THEN
                    iris.replay_turn(entry, (item ->> 'other')::uuid, item ->> 'other_pseudonym')
                ELSE iris.replay_happenings(entry) END;
        EXCEPTION WHEN OTHERS THEN
            outcome := SQLSTATE;
        END;
        COMMIT;
        outcomes := outcomes || outcome || ' ';
        EXIT WHEN outcome ~ '^[0-9A-Z]{5}$' AND (outcome = '23503' OR left(outcome, 2) NOT IN ('22', '23', '54'));
    END LOOP;
    DELETE FROM iris.spool_replays r WHERE r.replayed_at < now() - make_interval(secs => p_keep_seconds);
    UPDATE iris.upkeep SET replayed_at = clock_timestamp();
END $$;
REVOKE ALL ON PROCEDURE iris.replay(jsonb, integer, integer, text) FROM PUBLIC;
