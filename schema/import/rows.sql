-- Import --------------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION iris.imported_id_hash(p_source text, p_old_id text) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN sha256(convert_to(p_source || ' ' || p_old_id, 'UTF8'));

-- Whoever erases the account, and whatever way it goes.
CREATE OR REPLACE FUNCTION iris.remember_erased_import() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO iris.erased_imports (id_hash) VALUES (iris.imported_id_hash(old.source, old.old_id)) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER remember_erased AFTER DELETE ON iris.imported_ids
    FOR EACH ROW EXECUTE FUNCTION iris.remember_erased_import();

-- Partitions of old months, as iris.extend_partitions makes those to come: nothing beyond the last twenty years.
CREATE OR REPLACE FUNCTION iris.import_partitions(p_months date[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '5s' AS $$
DECLARE
    month date;
BEGIN
    FOREACH month IN ARRAY p_months LOOP
        CONTINUE WHEN month IS NULL OR month < now() - interval '20 years' OR month > now() + interval '1 month';
        PERFORM iris.ensure_partitions(month, 1);
    END LOOP;
END $$;

-- The functions below take an array of rows and give back, by their lines, those that they did not make, with a word that
-- says why: 'present' for what is here already. All of them may be called again with the same rows. One import at a time
-- writes; its accounts are held in one order, as iris.hold_account says.

CREATE OR REPLACE FUNCTION iris.begin_import(p_source text, p_old_users text[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('iris.import'));
    PERFORM 1 FROM iris.accounts a
      WHERE a.id IN (SELECT i.account_id FROM iris.imported_ids i WHERE i.source = p_source AND i.old_id = ANY (p_old_users))
      ORDER BY a.id FOR KEY SHARE;
END $$;

-- Accounts. One that the same issuer's token or an earlier import made already is that account; an address that belongs to
-- another one links nothing. p_trial: judges, and makes nothing.
CREATE OR REPLACE FUNCTION iris.import_accounts(p_source text, p_rows jsonb, p_trial boolean)
RETURNS TABLE (line bigint, outcome text)
LANGUAGE plpgsql AS $$
DECLARE
    r     record;
    owner uuid;
BEGIN
    PERFORM iris.begin_import(p_source, '{}');
    FOR r IN
        SELECT * FROM jsonb_to_recordset(p_rows) AS x(
            line bigint, old_id text, id uuid, email text, name text, password_hash text, tier text, beta_until date,
            created_us bigint, disabled boolean, issuer text, subject text, external_email text, hashes text[])
         ORDER BY x.line
    LOOP
        line := r.line;
        outcome := NULL;
        owner := (SELECT a.id FROM iris.accounts a WHERE a.external_issuer = r.issuer AND a.external_subject = r.subject);
        IF EXISTS (SELECT 1 FROM iris.imported_ids i WHERE i.source = p_source AND i.old_id = r.old_id) THEN
            outcome := 'present';
        ELSIF EXISTS (SELECT 1 FROM iris.erased_imports e WHERE e.id_hash = iris.imported_id_hash(p_source, r.old_id))
            OR EXISTS (SELECT 1 FROM iris.erased_identities e
                        WHERE e.identity_hash = ANY (ARRAY(SELECT decode(h, 'hex') FROM unnest(r.hashes) h))) THEN
            outcome := 'erased';
        ELSIF owner IS NOT NULL THEN
            outcome := 'present';
        ELSIF p_trial THEN
            IF EXISTS (SELECT 1 FROM iris.accounts a WHERE a.email = r.email) THEN outcome := 'email_taken'; END IF;
        ELSE
            INSERT INTO iris.accounts (id, email, name, password_hash, tier, beta_until, created_at, disabled_at,
                external_issuer, external_subject, external_email)
            VALUES (r.id, r.email, r.name, r.password_hash, r.tier, r.beta_until,
                coalesce(iris.from_microseconds(r.created_us), now()), CASE WHEN r.disabled THEN now() END,
                r.issuer, r.subject, r.external_email)
            ON CONFLICT DO NOTHING;
            IF FOUND THEN owner := r.id; ELSE outcome := 'email_taken'; END IF;
        END IF;
        IF owner IS NOT NULL AND NOT p_trial AND outcome IS DISTINCT FROM 'erased' THEN
            INSERT INTO iris.imported_ids (source, old_id, account_id)
            SELECT p_source, r.old_id, a.id FROM iris.accounts a WHERE a.id = owner
            ON CONFLICT DO NOTHING;
        END IF;
        IF outcome IS NOT NULL THEN RETURN NEXT; END IF;
    END LOOP;
END $$;

-- Conversations with their totals. Those of one that is here already grow only: it may have gone on since.
CREATE OR REPLACE FUNCTION iris.import_conversations(p_source text, p_rows jsonb)
RETURNS TABLE (line bigint, outcome text)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM iris.begin_import(p_source, ARRAY(SELECT x.old_user FROM jsonb_to_recordset(p_rows) AS x(old_user text)));
    RETURN QUERY
    WITH r AS (
        SELECT x.*, a.id AS owner
          FROM jsonb_to_recordset(p_rows) AS x(
              line bigint, session uuid, old_user text, started_us bigint, last_us bigint, messages integer, tokens bigint,
              average_ms double precision)
          LEFT JOIN iris.imported_ids i ON i.source = p_source AND i.old_id = x.old_user
          LEFT JOIN iris.accounts a ON a.id = i.account_id),
    made AS (
        INSERT INTO iris.iris_chat_sessions AS c (user_id, session_id, started_at, last_message_at, message_count,
            total_tokens, avg_response_time)
        SELECT DISTINCT ON (r.session) r.owner, r.session, iris.from_microseconds(r.started_us),
               iris.from_microseconds(greatest(r.started_us, r.last_us)), coalesce(r.messages, 0), coalesce(r.tokens, 0),
               r.average_ms
          FROM r WHERE r.owner IS NOT NULL ORDER BY r.session, r.line
        ON CONFLICT (session_id) DO UPDATE SET
            started_at = least(c.started_at, excluded.started_at),
            total_tokens = greatest(c.total_tokens, excluded.total_tokens),
            avg_response_time = coalesce(c.avg_response_time, excluded.avg_response_time)
            WHERE c.user_id = excluded.user_id AND c.deleted_at IS NULL
        RETURNING c.session_id, c.xmax = 0 AS is_new),
    judged AS (
        SELECT r.line, CASE
                   WHEN r.owner IS NULL THEN 'unknown_user'
                   WHEN c.user_id <> r.owner THEN 'other_users_conversation'
                   WHEN c.deleted_at IS NOT NULL THEN 'deleted'
                   WHEN NOT coalesce(m.is_new, false)
                       OR r.line > min(r.line) OVER (PARTITION BY r.session) THEN 'present' END AS outcome
          FROM r LEFT JOIN iris.iris_chat_sessions c ON c.session_id = r.session
          LEFT JOIN made m ON m.session_id = r.session)
    SELECT j.line, j.outcome FROM judged j WHERE j.outcome IS NOT NULL;
END $$;

-- Whether a message came from another product: the program gives these ids a group of zeros.
CREATE OR REPLACE FUNCTION iris.is_imported(id uuid) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN substring(id::text FROM 20 FOR 4) = '8000';

-- Messages, which make their conversation where it is not here. In whatever order they come, the turns are right at the end
-- of each call: a question belongs to the answer that follows it.
CREATE OR REPLACE FUNCTION iris.import_messages(p_source text, p_rows jsonb)
RETURNS TABLE (line bigint, outcome text)
LANGUAGE plpgsql AS $$
DECLARE
    judged  jsonb;
    changed uuid[];
BEGIN
    PERFORM iris.begin_import(p_source, ARRAY(SELECT x.old_user FROM jsonb_to_recordset(p_rows) AS x(old_user text)));
    INSERT INTO iris.iris_chat_sessions (user_id, session_id, started_at, last_message_at)
    SELECT DISTINCT ON (x.session) a.id, x.session, iris.uuid_v7_time(x.id), iris.uuid_v7_time(x.id)
      FROM jsonb_to_recordset(p_rows) AS x(id uuid, session uuid, old_user text)
      JOIN iris.imported_ids i ON i.source = p_source AND i.old_id = x.old_user
      JOIN iris.accounts a ON a.id = i.account_id
     ORDER BY x.session, x.id
    ON CONFLICT (session_id) DO NOTHING;
    -- Whoever deletes one of them does so before this, and is seen, or after it.
    PERFORM 1 FROM iris.iris_chat_sessions c
      WHERE c.session_id IN (SELECT x.session FROM jsonb_to_recordset(p_rows) AS x(session uuid))
      ORDER BY c.session_id FOR NO KEY UPDATE;
    WITH r AS (
        SELECT x.*, c.user_id AS owner, CASE
                   WHEN c.session_id IS NULL OR x.old_user IS NOT NULL AND i.account_id IS NULL THEN 'unknown_user'
                   WHEN i.account_id <> c.user_id THEN 'other_users_conversation'
                   WHEN c.deleted_at IS NOT NULL THEN 'deleted' END AS outcome
          FROM jsonb_to_recordset(p_rows) AS x(
              line bigint, id uuid, session uuid, old_user text, role text, content text, topic text, model text,
              tokens_in integer, tokens_out integer, response_ms integer)
          LEFT JOIN iris.iris_chat_sessions c ON c.session_id = x.session
          LEFT JOIN iris.imported_ids i ON i.source = p_source AND i.old_id = x.old_user),
    made AS (
        INSERT INTO iris.iris_messages (id, session_id, user_id, turn_id, role, content, created_at, status, topic, model,
            response_time_ms, tokens_in, tokens_out)
        SELECT DISTINCT ON (r.id) r.id, r.session, r.owner, r.id, r.role, r.content, iris.uuid_v7_time(r.id),
               CASE r.role WHEN 'user' THEN 'abandoned' ELSE 'complete' END, r.topic, r.model, r.response_ms,
               r.tokens_in, r.tokens_out
          FROM r WHERE r.outcome IS NULL ORDER BY r.id, r.line
        ON CONFLICT DO NOTHING
        RETURNING id, session_id)
    SELECT jsonb_agg(jsonb_build_object('line', r.line, 'outcome', coalesce(r.outcome, 'present')))
               FILTER (WHERE r.outcome IS NOT NULL OR m.id IS NULL OR r.line > r.first),
           array_agg(DISTINCT m.session_id) FILTER (WHERE m.id IS NOT NULL)
      INTO judged, changed
      FROM (SELECT o.*, min(o.line) OVER (PARTITION BY o.id) AS first FROM r o) r LEFT JOIN made m ON m.id = r.id;
    PERFORM iris.settle_import(changed);
    RETURN QUERY SELECT j.line, j.outcome FROM jsonb_to_recordset(judged) AS j(line bigint, outcome text);
END $$;

-- Puts turns and totals of conversations right after imported messages joined them. A question without an answer within
-- the hour stays abandoned. Turns of our own stay as they are. Of tokens and times that no message tells, the conversation's
-- own count stays.
CREATE OR REPLACE FUNCTION iris.settle_import(p_conversations uuid[]) RETURNS void
LANGUAGE sql AS $$
    WITH ordered AS (
        SELECT m.id, m.created_at, m.role, lead(m.role) OVER said AS next_role, lead(m.id) OVER said AS next_id,
               lead(m.created_at) OVER said AS next_at
          FROM iris.iris_messages m
         WHERE m.session_id = ANY (p_conversations) AND iris.is_imported(m.id)
        WINDOW said AS (PARTITION BY m.session_id ORDER BY m.created_at, m.id)),
    turns AS (
        SELECT o.id, o.created_at, o.next_role = 'assistant' AND o.next_at <= o.created_at + interval '1 hour' AS is_answered,
               o.next_id
          FROM ordered o WHERE o.role = 'user')
    UPDATE iris.iris_messages q
       SET turn_id = CASE WHEN t.is_answered THEN t.next_id ELSE q.id END,
           status = CASE WHEN t.is_answered THEN 'complete' ELSE 'abandoned' END
      FROM turns t
     WHERE q.id = t.id AND q.created_at = t.created_at
       AND q.turn_id IS DISTINCT FROM CASE WHEN t.is_answered THEN t.next_id ELSE q.id END;
    UPDATE iris.iris_chat_sessions c
       SET message_count = t.answers, total_tokens = greatest(c.total_tokens, t.tokens),
           avg_response_time = coalesce(t.response_ms, c.avg_response_time),
           started_at = least(c.started_at, t.first), last_message_at = greatest(t.last, c.started_at)
      FROM (SELECT m.session_id, count(*) FILTER (WHERE m.role = 'assistant') AS answers,
                   sum(coalesce(m.tokens_in, 0) + coalesce(m.tokens_out, 0)) AS tokens, avg(m.response_time_ms) AS response_ms,
                   min(m.created_at) AS first, max(m.created_at) AS last
              FROM iris.iris_messages m WHERE m.session_id = ANY (p_conversations) GROUP BY m.session_id) t
     WHERE c.session_id = t.session_id;
$$;

-- What was used on a day. Of a day on which this product, too, was used the larger count stays.
CREATE OR REPLACE FUNCTION iris.import_usage(p_source text, p_rows jsonb)
RETURNS TABLE (line bigint, outcome text)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM iris.begin_import(p_source, ARRAY(SELECT x.old_user FROM jsonb_to_recordset(p_rows) AS x(old_user text)));
    RETURN QUERY
    WITH r AS (
        SELECT x.*, a.id AS owner
          FROM jsonb_to_recordset(p_rows) AS x(
              line bigint, old_user text, date date, messages integer, tier text, last_us bigint)
          LEFT JOIN iris.imported_ids i ON i.source = p_source AND i.old_id = x.old_user
          LEFT JOIN iris.accounts a ON a.id = i.account_id),
    made AS (
        INSERT INTO iris.user_daily_usage AS d (user_id, date, message_count, tier_at_time, last_message_at)
        SELECT DISTINCT ON (r.owner, r.date) r.owner, r.date, r.messages, r.tier, iris.from_microseconds(r.last_us)
          FROM r WHERE r.owner IS NOT NULL ORDER BY r.owner, r.date, r.messages DESC
        ON CONFLICT (user_id, date) DO UPDATE SET message_count = greatest(d.message_count, excluded.message_count)
        RETURNING d.user_id, d.date, d.xmax = 0 AS is_new)
    SELECT r.line, CASE WHEN r.owner IS NULL THEN 'unknown_user' ELSE 'present' END
      FROM (SELECT o.*, min(o.line) OVER (PARTITION BY o.owner, o.date) AS first FROM r o) r
      LEFT JOIN made m ON m.user_id = r.owner AND m.date = r.date
     WHERE r.owner IS NULL OR NOT m.is_new OR r.line > r.first;
END $$;

-- Events and errors, of nobody but pseudonyms.
CREATE OR REPLACE FUNCTION iris.import_events(p_source text, p_rows jsonb)
RETURNS TABLE (line bigint, outcome text)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM iris.begin_import(p_source, '{}');
    RETURN QUERY
    WITH r AS (
        SELECT * FROM jsonb_to_recordset(p_rows) AS x(
            line bigint, id uuid, type text, "user" text, moment_us bigint, metadata jsonb, session text)),
    made AS (
        INSERT INTO iris.iris_events (id, user_id, event_type, timestamp, metadata, session_id)
        SELECT r.id, r."user", r.type, iris.from_microseconds(r.moment_us), r.metadata, r.session FROM r
        ON CONFLICT DO NOTHING RETURNING id)
    SELECT r.line, 'present'
      FROM (SELECT o.*, min(o.line) OVER (PARTITION BY o.id) AS first FROM r o) r LEFT JOIN made m ON m.id = r.id
     WHERE m.id IS NULL OR r.line > r.first;
END $$;

CREATE OR REPLACE FUNCTION iris.import_errors(p_source text, p_rows jsonb)
RETURNS TABLE (line bigint, outcome text)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM iris.begin_import(p_source, '{}');
    RETURN QUERY
    WITH r AS (
        SELECT * FROM jsonb_to_recordset(p_rows) AS x(
            line bigint, id uuid, type text, message text, "user" text, moment_us bigint, context jsonb)),
    made AS (
        INSERT INTO iris.iris_errors (id, error_type, error_message, timestamp, user_id, context)
        SELECT r.id, r.type, r.message, iris.from_microseconds(r.moment_us), r."user", r.context FROM r
        ON CONFLICT DO NOTHING RETURNING id)
    SELECT r.line, 'present'
      FROM (SELECT o.*, min(o.line) OVER (PARTITION BY o.id) AS first FROM r o) r LEFT JOIN made m ON m.id = r.id
     WHERE m.id IS NULL OR r.line > r.first;
END $$;
