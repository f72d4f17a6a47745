-- Privacy: all of the above, given away or erased ----------------------------------------------------------------------

-- Erases an account with all that is held of it, in one transaction. p_session is the one of the user who asks; null when
-- an operator does. `outcome` is 'ok'; the word of the problem; 'not_found' for an operator's unknown account; 'unavailable'
-- when the account's address is not p_email any more, of which the hashes were made: try again.
-- What stays is p_email_hash with the day's counters, if there are any, to the month's end there, and p_subject_hash in any
-- case, p_subject_days at least: no token that was issued before lives longer. Both are null where there is no such identity.
-- p_throttle_keys: the keys by which failures of the address and of the account's sessions are counted.
CREATE OR REPLACE FUNCTION iris.erase_account(
    p_user uuid, p_session uuid, p_email text, p_email_hash bytea, p_subject_hash bytea, p_subject_days integer,
    p_throttle_keys bytea[], p_time_zone text, p_events jsonb, p_notices jsonb, OUT outcome text)
LANGUAGE plpgsql AS $$
DECLARE
    address   text;
    found_row boolean;
    moment    timestamptz;
    today     date;
    month_end timestamptz;
    used      record;
BEGIN
    -- First, as iris.hold_account has it: whoever writes for this user has ended, or finds no account.
    SELECT a.email INTO address FROM iris.accounts a WHERE a.id = p_user FOR UPDATE;
    found_row := FOUND;
    outcome := CASE WHEN p_session IS NOT NULL THEN iris.session_standing(p_user, p_session)
                    WHEN found_row THEN 'ok' ELSE 'not_found' END;
    IF outcome <> 'ok' THEN RETURN; END IF;
    IF address IS DISTINCT FROM p_email THEN outcome := 'unavailable'; RETURN; END IF;
    -- In the order in which iris.end_sessions locks them.
    PERFORM 1 FROM iris.sessions s WHERE s.account_id = p_user ORDER BY s.id FOR UPDATE;

    moment := clock_timestamp();
    today := (moment AT TIME ZONE p_time_zone)::date;
    month_end := (date_trunc('month', today::timestamp) + interval '1 month') AT TIME ZONE p_time_zone;
    -- What is being answered now counts as answered: nobody is left to settle it with.
    SELECT coalesce(max(d.message_count), 0) + (SELECT count(*) FROM iris.quota_reservations q
                WHERE q.user_id = p_user AND q.date = today AND q.expires_at > moment) AS messages,
           coalesce(max(d.blocked_count), 0) AS blocked,
           coalesce((SELECT array_agg(r ORDER BY r) FROM iris.user_minute_usage u, unnest(u.requests) r
                WHERE u.user_id = p_user AND r > moment - interval '60 s'), '{}') AS requests
      INTO used
      FROM iris.user_daily_usage d WHERE d.user_id = p_user AND d.date = today;
    INSERT INTO iris.erased_identities AS e (identity_hash, erased_at, date, message_count, blocked_count, requests,
        expires_at)
    SELECT i.hash, moment, today, used.messages, used.blocked, used.requests, i.expires_at
      FROM (VALUES (p_email_hash, month_end, used.messages > 0 OR used.blocked > 0 OR used.requests <> '{}'),
                   (p_subject_hash, greatest(month_end, moment + make_interval(days => p_subject_days)), true))
           AS i(hash, expires_at, stays)
     WHERE i.hash IS NOT NULL AND i.stays
    ON CONFLICT (identity_hash) DO UPDATE SET
        erased_at = excluded.erased_at, date = excluded.date, requests = excluded.requests,
        message_count = CASE WHEN e.date = excluded.date THEN greatest(e.message_count, excluded.message_count)
            ELSE excluded.message_count END,
        blocked_count = CASE WHEN e.date = excluded.date THEN greatest(e.blocked_count, excluded.blocked_count)
            ELSE excluded.blocked_count END,
        expires_at = greatest(e.expires_at, excluded.expires_at);

    -- Failures at an address that the account knows are counted under that address's hash.
    DELETE FROM iris.throttles t
     WHERE t.key = ANY (p_throttle_keys || ARRAY(SELECT k.address_hash FROM iris.known_addresses k
                                                  WHERE k.account_id = p_user));
    -- An alert names the account by the first digits of such a key, which no longer says whose it was.
    UPDATE iris.alerts a SET subject = left(replace(gen_random_uuid()::text, '-', ''), length(a.subject))
     WHERE a.kind = 'login_stuffing'
       AND a.subject IN (SELECT left(encode(k, 'hex'), length(a.subject)) FROM unnest(p_throttle_keys) k);
    DELETE FROM iris.outbox o WHERE o.payload->>'email' = address;
    -- In one order, before any of their rows: iris.cache_answer holds a set while it takes rows of it away.
    PERFORM pg_advisory_xact_lock(hashtext('iris.answer_cache'), c.bucket)
       FROM (SELECT DISTINCT get_byte(a.key, 0) AS bucket FROM iris.answer_cache a WHERE a.user_id = p_user
              ORDER BY bucket) c;
    -- Takes along whatever refers to it.
    DELETE FROM iris.accounts a WHERE a.id = p_user;
    -- Without a foreign key; after the account, which no writer of theirs holds any more.
    DELETE FROM iris.iris_messages m WHERE m.user_id = p_user;
    PERFORM iris.record(p_events, '[]', '[]', 0, p_time_zone);
    PERFORM iris.enqueue(p_notices);
END $$;

-- Where a row stands in its section of an export: in the order of time, exact to the microsecond.
CREATE OR REPLACE FUNCTION iris.export_place(moment timestamptz, id text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN lpad((extract(epoch FROM moment) * 1000000)::bigint::text, 20, '0') || ' ' || id;

-- What is held of a user in any number of rows, conversations apart: each as the export shows it. What opens or checks
-- something (hashes of passwords and tokens, ids of resets) stays here. p_hashes: the keyed hashes under which something may
-- stand that names no account.
CREATE OR REPLACE FUNCTION iris.held_rows(p_user uuid, p_hashes bytea[])
RETURNS TABLE (section text, place text, item json)
LANGUAGE sql STABLE AS $$
    SELECT 'sessions', iris.export_place(s.created_at, s.id::text), json_build_object(
        'id', s.id, 'created_at', iris.rfc3339(s.created_at), 'last_used_at', iris.rfc3339(s.last_used_at),
        'expires_at', iris.rfc3339(s.expires_at), 'ended_at', iris.rfc3339(s.revoked_at), 'device', s.device)
      FROM iris.sessions s WHERE s.account_id = p_user
    UNION ALL
    SELECT 'refresh_tokens', iris.export_place(t.created_at, encode(t.token_hash, 'hex')), json_build_object(
        'session_id', t.session_id, 'created_at', iris.rfc3339(t.created_at), 'expires_at', iris.rfc3339(t.expires_at),
        'used_at', iris.rfc3339(t.used_at))
      FROM iris.sessions s JOIN iris.refresh_tokens t ON t.session_id = s.id WHERE s.account_id = p_user
    UNION ALL
    SELECT 'password_resets', iris.export_place(r.created_at, r.id::text), json_build_object(
        'created_at', iris.rfc3339(r.created_at), 'expires_at', iris.rfc3339(r.expires_at),
        'used_at', iris.rfc3339(r.used_at))
      FROM iris.password_resets r WHERE r.account_id = p_user
    UNION ALL
    SELECT 'known_addresses', iris.export_place(k.last_login_at, encode(k.address_hash, 'hex')), json_build_object(
        'address_hash', encode(k.address_hash, 'hex'), 'last_login_at', iris.rfc3339(k.last_login_at))
      FROM iris.known_addresses k WHERE k.account_id = p_user
    UNION ALL
    SELECT 'failed_logins', iris.export_place(t.last_at, t.scope || encode(t.key, 'hex')), json_build_object(
        'scope', t.scope, 'count', t.count, 'started_at', iris.rfc3339(t.started_at),
        'last_at', iris.rfc3339(t.last_at), 'blocked_until', iris.rfc3339(t.blocked_until),
        'refused_at', iris.rfc3339(t.refused_at))
      FROM iris.throttles t
     WHERE t.key = ANY (p_hashes || ARRAY(SELECT k.address_hash FROM iris.known_addresses k WHERE k.account_id = p_user))
    UNION ALL
    SELECT 'erased_identities', iris.export_place(e.erased_at, encode(e.identity_hash, 'hex')), json_build_object(
        'erased_at', iris.rfc3339(e.erased_at), 'date', e.date, 'messages', e.message_count,
        'blocked', e.blocked_count, 'requests', (SELECT json_agg(iris.rfc3339(r)) FROM unnest(e.requests) r),
        'expires_at', iris.rfc3339(e.expires_at))
      FROM iris.erased_identities e WHERE e.identity_hash = ANY (p_hashes)
    UNION ALL
    SELECT 'notices', iris.export_place(o.created_at, o.id::text), json_build_object(
        'id', CASE WHEN o.user_id = p_user THEN o.id END, 'kind', o.kind, 'topic', o.topic, 'payload', o.payload, 'dedupe_key', o.dedupe_key,
        'created_at', iris.rfc3339(o.created_at), 'due_at', iris.rfc3339(o.due_at), 'attempts', o.attempts,
        'last_error', o.last_error, 'delivered_at', iris.rfc3339(o.delivered_at),
        'expires_at', iris.rfc3339(o.expires_at))
      FROM iris.outbox o
     -- A mail to who forgot the password is nobody's row, and its id that of a reset.
     WHERE o.user_id = p_user OR o.payload->>'email' = (SELECT a.email FROM iris.accounts a WHERE a.id = p_user)
    UNION ALL
    SELECT 'usage', d.date::text, json_build_object(
        'date', d.date, 'messages', d.message_count, 'blocked', d.blocked_count, 'tier', d.tier_at_time,
        'last_message_at', iris.rfc3339(d.last_message_at))
      FROM iris.user_daily_usage d WHERE d.user_id = p_user
    UNION ALL
    SELECT 'minute_usage', iris.export_place(r, ''), to_json(iris.rfc3339(r))
      FROM iris.user_minute_usage u, unnest(u.requests) r WHERE u.user_id = p_user
    UNION ALL
    SELECT 'reservations', q.id::text, json_build_object(
        'id', q.id, 'date', q.date, 'expires_at', iris.rfc3339(q.expires_at))
      FROM iris.quota_reservations q WHERE q.user_id = p_user
    UNION ALL
    SELECT 'feedback', iris.export_place(f.created_at, f.message_id::text), json_build_object(
        'message_id', f.message_id, 'session_id', f.session_id, 'rating', f.rating, 'comment', f.comment,
        'created_at', iris.rfc3339(f.created_at), 'updated_at', iris.rfc3339(f.updated_at))
      FROM iris.feedback f WHERE f.user_id = p_user
    UNION ALL
    SELECT 'idempotency_keys', k.route || ' ' || k.key, json_build_object(
        'route', k.route, 'key', k.key, 'body_hash', k.body_hash, 'turn_id', k.turn_id, 'question_id', k.question_id,
        'session_id', k.session_id, 'worker', k.worker, 'answer', k.document, 'usage', k.usage,
        'expires_at', iris.rfc3339(k.expires_at))
      FROM iris.idempotency_keys k WHERE k.user_id = p_user
    UNION ALL
    SELECT 'cached_answers', iris.export_place(c.created_at, encode(c.key, 'hex') || c.tier), json_build_object(
        'tier', c.tier, 'answer', c.answer, 'model', c.model, 'confidence', c.confidence, 'topic', c.topic,
        'finish', c.finish, 'created_at', iris.rfc3339(c.created_at), 'expires_at', iris.rfc3339(c.expires_at),
        'hits', c.hits)
      FROM iris.answer_cache c WHERE c.user_id = p_user
    UNION ALL
    SELECT 'imported_from', i.source || ' ' || i.old_id, json_build_object(
        'source', i.source, 'id', i.old_id, 'account_id', i.account_id, 'imported_at', iris.rfc3339(i.imported_at))
      FROM iris.imported_ids i WHERE i.account_id = p_user
$$;

-- The beginning of an export: the account and what its user shares, an object that is not closed yet; null for no account.
CREATE OR REPLACE FUNCTION iris.export_head(p_user uuid) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT left(json_build_object(
        'exported_at', iris.rfc3339(now()),
        'user', json_build_object(
            'id', a.id, 'email', coalesce(a.email, a.external_email), 'name', a.name, 'tier', a.tier,
            'beta_until', a.beta_until, 'created_at', iris.rfc3339(a.created_at),
            'disabled_at', iris.rfc3339(a.disabled_at), 'has_password', a.password_hash IS NOT NULL,
            'external_issuer', a.external_issuer, 'external_subject', a.external_subject,
            'external_email', a.external_email, 'external_name', a.external_name,
            'external_told_at', iris.rfc3339(a.external_told_at), 'current_job', a.current_job, 'target_job', a.target_job,
            'sector', a.sector, 'experience_years', a.experience_years, 'region', a.region, 'goals', a.goals),
        'contexts', coalesce((
            SELECT json_object_agg(x.app, x.data || jsonb_build_object('updated_at', iris.rfc3339(x.updated_at)))
              FROM iris.user_contexts x WHERE x.user_id = a.id), '{}'),
        'letters', json_build_array(), 'trajectories', json_build_array())::text, -1)
      FROM iris.accounts a WHERE a.id = p_user
$$;

-- An answer as an export shows it.
CREATE OR REPLACE FUNCTION iris.export_answer(a iris.iris_messages) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'id', a.id, 'content', a.content, 'created_at', iris.rfc3339(a.created_at), 'status', a.status,
        'topic', a.topic, 'model', a.model, 'confidence', a.confidence, 'response_time_ms', a.response_time_ms,
        'tokens_in', a.tokens_in, 'tokens_out', a.tokens_out, 'tokens_cached', a.tokens_cached,
        'tokens_thought', a.tokens_thought, 'tokens_estimated', a.tokens_estimated, 'cost_micro', a.cost_micro)
$$;

-- The conversations of an export, from where p_after stands, until the part has p_bytes; `next` is where it stands then,
-- null at the end. A turn is a question with its answer, or an answer whose question is no longer kept. The plan has to be
-- one by the indexes, and is kept, as for iris.recent_turns.
CREATE OR REPLACE FUNCTION iris.export_conversations(
    p_user uuid, p_after jsonb, p_bytes integer, OUT part text, OUT next jsonb)
LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    nobody  CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
    place   uuid := p_after->>'conversation';
    moment  timestamptz := coalesce(iris.from_microseconds((p_after->>'moment')::bigint), '-infinity');
    message uuid := coalesce((p_after->>'message')::uuid, nobody);
    talk    iris.iris_chat_sessions;
    turn    record;
BEGIN
    part := CASE WHEN p_after IS NULL THEN '"conversations":[' ELSE '' END;
    FOREACH talk.session_id IN ARRAY ARRAY(
        SELECT c.session_id FROM iris.iris_chat_sessions c
         WHERE c.user_id = p_user AND (place IS NULL OR c.session_id >= place) ORDER BY c.session_id)
    LOOP
        IF talk.session_id IS DISTINCT FROM place THEN
            SELECT c.* INTO talk FROM iris.iris_chat_sessions c WHERE c.session_id = talk.session_id;
            part := part || CASE WHEN place IS NULL THEN '' ELSE ']},' END || left(json_build_object(
                'session_id', talk.session_id, 'started_at', iris.rfc3339(talk.started_at),
                'last_message_at', iris.rfc3339(talk.last_message_at), 'messages', talk.message_count,
                'tokens', talk.total_tokens, 'avg_response_time_ms', talk.avg_response_time,
                'deleted_at', iris.rfc3339(talk.deleted_at), 'summary', talk.summary,
                'summarised_until', iris.rfc3339(talk.summarised_until))::text, -1) || ',"turns":[';
            place := talk.session_id; moment := '-infinity'; message := nobody;
        END IF;
        FOR turn IN
            SELECT m.created_at, m.id, json_build_object(
                       'turn_id', m.turn_id, 'status', m.status, 'topic', m.topic,
                       'question', CASE WHEN m.role = 'user' THEN json_build_object(
                           'id', m.id, 'content', m.content, 'created_at', iris.rfc3339(m.created_at)) END,
                       'answer', CASE WHEN m.role = 'assistant' THEN iris.export_answer(m) ELSE (
                           SELECT iris.export_answer(a) FROM iris.iris_messages a
                            WHERE a.id = m.turn_id AND a.created_at = iris.uuid_v7_time(m.turn_id)
                              AND a.session_id = m.session_id AND a.role = 'assistant') END)::text AS item
              FROM iris.iris_messages m
             WHERE m.session_id = place AND m.created_at >= moment AND (m.created_at, m.id) > (moment, message)
               AND (m.role = 'user' OR m.created_at <> iris.uuid_v7_time(m.id) OR NOT EXISTS (
                       SELECT 1 FROM iris.iris_messages q
                        WHERE q.session_id = m.session_id AND q.role = 'user' AND q.turn_id = m.id
                          AND q.created_at BETWEEN m.created_at - interval '1 hour' AND m.created_at))
             ORDER BY m.created_at, m.id
        LOOP
            part := part || CASE WHEN message = nobody THEN '' ELSE ',' END || turn.item;
            moment := turn.created_at; message := turn.id;
            EXIT WHEN octet_length(part) >= p_bytes;
        END LOOP;
        IF octet_length(part) >= p_bytes THEN
            next := jsonb_build_object('conversation', place, 'message', message, 'moment',
                CASE WHEN message <> nobody THEN (extract(epoch FROM moment) * 1000000)::bigint END);
            RETURN;
        END IF;
    END LOOP;
    part := part || CASE WHEN place IS NULL THEN ']' ELSE ']}]' END;
END $$;

-- All that is held of an account as one JSON document, in parts of about p_bytes: `next` of one is p_after of the one that
-- follows, null at the end, as at the beginning. p_session as for iris.erase_account, p_hashes as for iris.held_rows. Each part
-- shows its own moment: what is written meanwhile may be in it or not.
CREATE OR REPLACE FUNCTION iris.export_account(
    p_user uuid, p_session uuid, p_hashes bytea[], p_after jsonb, p_bytes integer,
    OUT outcome text, OUT part text, OUT next jsonb)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    sections CONSTANT text[] := ARRAY['sessions', 'refresh_tokens', 'password_resets', 'known_addresses', 'failed_logins',
        'erased_identities', 'notices', 'usage', 'minute_usage', 'reservations', 'feedback', 'idempotency_keys',
        'cached_answers', 'imported_from'];
    step  integer := coalesce((p_after->>'section')::integer, 1);
    last  text := p_after->>'place';
    held  record;
    talks record;
BEGIN
    outcome := CASE WHEN p_session IS NOT NULL THEN iris.session_standing(p_user, p_session)
                    WHEN EXISTS (SELECT 1 FROM iris.accounts a WHERE a.id = p_user) THEN 'ok' ELSE 'not_found' END;
    IF outcome <> 'ok' THEN RETURN; END IF;
    part := CASE WHEN p_after IS NULL THEN iris.export_head(p_user) || ',' ELSE '' END;
    WHILE step <= cardinality(sections) LOOP
        part := part || CASE WHEN last IS NULL THEN to_json(sections[step]) || ':[' ELSE '' END;
        FOR held IN
            SELECT h.place, h.item::text AS item FROM iris.held_rows(p_user, p_hashes) h
             WHERE h.section = sections[step] AND (last IS NULL OR h.place > last COLLATE "C")
             ORDER BY h.place COLLATE "C"
        LOOP
            part := part || CASE WHEN last IS NULL THEN '' ELSE ',' END || held.item;
            last := held.place;
            IF octet_length(part) >= p_bytes THEN
                next := jsonb_build_object('section', step, 'place', last);
                RETURN;
            END IF;
        END LOOP;
        part := part || '],';
        step := step + 1;
        last := NULL;
    END LOOP;
    SELECT c.part, c.next INTO talks FROM iris.export_conversations(
        p_user, p_after->'talks', greatest(p_bytes - octet_length(part), 1)) c;
    part := part || talks.part || CASE WHEN talks.next IS NULL THEN '}' ELSE '' END;
    next := jsonb_build_object('section', step, 'talks', talks.next);
    IF talks.next IS NULL THEN next := NULL; END IF;
END $$;
