-- Identity ------------------------------------------------------------------------------------------------------------

-- The account and session behind a good token, for the routes that need no more than that. `outcome` is 'ok' or the
-- word of the problem; the columns follow the API's user object.
CREATE OR REPLACE FUNCTION iris.authorise(
    p_user uuid, p_session uuid, p_time_zone text,
    OUT outcome text, OUT id uuid, OUT email text, OUT name text, OUT tier text, OUT beta_until text, OUT created_at text,
    OUT current_job text, OUT target_job text, OUT sector text, OUT experience_years integer, OUT region text,
    OUT goals text)
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN s.id IS NULL OR s.revoked_at IS NOT NULL OR s.expires_at <= now() THEN 'session_revoked'
                WHEN a.disabled_at IS NOT NULL THEN 'account_disabled' ELSE 'ok' END,
           a.id, coalesce(a.email, a.external_email), a.name,
           iris.effective_tier(a.tier, a.beta_until, (now() AT TIME ZONE p_time_zone)::date),
           a.beta_until::text, iris.rfc3339(a.created_at), a.current_job, a.target_job, a.sector, a.experience_years,
           a.region, a.goals
      FROM (SELECT p_user AS wanted) w
      LEFT JOIN iris.accounts a ON a.id = w.wanted
      LEFT JOIN iris.sessions s ON s.id = p_session AND s.account_id = a.id
$$;

-- Opens a session with its first refresh token, given as its hash.
CREATE OR REPLACE FUNCTION iris.open_session(
    p_session uuid, p_account uuid, p_token_hash bytea, p_refresh_ttl integer, p_max_ttl integer, p_device text)
RETURNS void
LANGUAGE sql AS $$
    INSERT INTO iris.sessions (id, account_id, expires_at, device)
    VALUES (p_session, p_account, now() + make_interval(secs => p_max_ttl), p_device);
    INSERT INTO iris.refresh_tokens (token_hash, session_id, expires_at)
    VALUES (p_token_hash, p_session, now() + make_interval(secs => least(p_refresh_ttl, p_max_ttl)));
$$;

-- Rotates a refresh token (RFC 9700 §4.14). The first use makes the child; a repeat within the grace, while the child is
-- unused, gives the same child again; the replay of anything older ends the whole session and records p_events. `outcome`
-- is 'rotated', 'repeated' (then child_hash is the one given before), 'replayed', 'account_disabled' or 'invalid'; the
-- account's columns follow the API's user object, for the first two alone.
CREATE OR REPLACE FUNCTION iris.refresh_session(
    p_token_hash bytea, p_child_hash bytea, p_refresh_ttl integer, p_grace_seconds integer, p_events jsonb,
    p_time_zone text,
    OUT outcome text, OUT session_id uuid, OUT child_hash bytea, OUT id uuid, OUT email text, OUT name text,
    OUT tier text, OUT beta_until text, OUT created_at text, OUT current_job text, OUT target_job text, OUT sector text,
    OUT experience_years integer, OUT region text, OUT goals text)
LANGUAGE plpgsql AS $$
DECLARE
    token   iris.refresh_tokens;
    session iris.sessions;
    account iris.accounts;
    moment  timestamptz;
BEGIN
    -- The session is what its refreshes take their turn on; whoever erases it locks it before its tokens, too.
    SELECT s.* INTO session FROM iris.sessions s
     WHERE s.id = (SELECT t.session_id FROM iris.refresh_tokens t WHERE t.token_hash = p_token_hash)
       FOR NO KEY UPDATE;
    SELECT t.* INTO token FROM iris.refresh_tokens t WHERE t.token_hash = p_token_hash AND t.session_id = session.id;
    SELECT a.* INTO account FROM iris.accounts a WHERE a.id = session.account_id;
    moment := clock_timestamp();
    IF account.id IS NULL OR token.token_hash IS NULL OR session.revoked_at IS NOT NULL
        OR session.expires_at <= moment OR token.expires_at <= moment THEN
        outcome := 'invalid'; RETURN;
    END IF;
    IF account.disabled_at IS NOT NULL THEN outcome := 'account_disabled'; RETURN; END IF;

    IF token.used_at IS NULL THEN
        outcome := 'rotated';
        child_hash := p_child_hash;
        INSERT INTO iris.refresh_tokens (token_hash, session_id, expires_at)
        VALUES (p_child_hash, session.id,
                least(moment + make_interval(secs => p_refresh_ttl), session.expires_at));
        UPDATE iris.refresh_tokens t SET used_at = moment, child_hash = p_child_hash WHERE t.token_hash = p_token_hash;
        UPDATE iris.sessions s SET last_used_at = moment WHERE s.id = session.id;
    ELSIF token.used_at > moment - make_interval(secs => p_grace_seconds)
        AND EXISTS (SELECT 1 FROM iris.refresh_tokens c WHERE c.token_hash = token.child_hash AND c.used_at IS NULL) THEN
        outcome := 'repeated';
        child_hash := token.child_hash;
    ELSE
        outcome := 'replayed';
        UPDATE iris.sessions s SET revoked_at = moment WHERE s.id = session.id;
        PERFORM iris.record(p_events, '[]', '[]', 0, p_time_zone);
        RETURN;
    END IF;
    session_id := session.id;
    id := account.id;
    email := coalesce(account.email, account.external_email);
    name := account.name;
    tier := iris.effective_tier(account.tier, account.beta_until, (moment AT TIME ZONE p_time_zone)::date);
    beta_until := account.beta_until::text;
    created_at := iris.rfc3339(account.created_at);
    current_job := account.current_job;
    target_job := account.target_job;
    sector := account.sector;
    experience_years := account.experience_years;
    region := account.region;
    goals := account.goals;
END $$;

-- What workers of schema version 2 call.
CREATE OR REPLACE FUNCTION iris.rotate_refresh_token(
    p_token_hash bytea, p_child_hash bytea, p_refresh_ttl integer, p_grace_seconds integer, p_time_zone text,
    OUT outcome text, OUT account_id uuid, OUT session_id uuid, OUT tier text, OUT child_hash bytea)
LANGUAGE plpgsql AS $$
BEGIN
    SELECT r.outcome, r.id, r.session_id, r.tier, r.child_hash INTO outcome, account_id, session_id, tier, child_hash
      FROM iris.refresh_session(p_token_hash, p_child_hash, p_refresh_ttl, p_grace_seconds, '[]', p_time_zone) r;
END $$;

-- Ends all sessions of an account but one, if one is named; in one order, so that two such calls never wait for each other.
CREATE OR REPLACE FUNCTION iris.end_sessions(p_account uuid, p_kept uuid) RETURNS void
LANGUAGE sql AS $$
    SELECT iris.hold_account(p_account);
    UPDATE iris.sessions s SET revoked_at = clock_timestamp()
      FROM (SELECT o.id FROM iris.sessions o
             WHERE o.account_id = p_account AND o.revoked_at IS NULL AND o.id IS DISTINCT FROM p_kept
             ORDER BY o.id FOR NO KEY UPDATE) e
     WHERE s.id = e.id
$$;

-- Gives an account another password: all sessions but p_kept end, and no mail that was sent before opens it any more. The
-- caller holds the account's lock.
CREATE OR REPLACE FUNCTION iris.replace_password(
    p_account uuid, p_new_hash text, p_kept uuid, p_events jsonb, p_notices jsonb, p_time_zone text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE iris.accounts a SET password_hash = p_new_hash WHERE a.id = p_account;
    UPDATE iris.password_resets r SET used_at = clock_timestamp() WHERE r.account_id = p_account AND r.used_at IS NULL;
    PERFORM iris.end_sessions(p_account, p_kept);
    PERFORM iris.record(p_events, '[]', '[]', 0, p_time_zone);
    PERFORM iris.enqueue(p_notices);
END $$;

-- Replaces the password whose hash is p_old_hash; the session that asks lives on. `outcome` is 'ok' or the word of the
-- problem; 'invalid_credentials': it is not the password any more. A repeat with the same new hash finds its work done.
CREATE OR REPLACE FUNCTION iris.change_password(
    p_user uuid, p_session uuid, p_old_hash text, p_new_hash text, p_events jsonb, p_notices jsonb, p_time_zone text,
    OUT outcome text)
LANGUAGE plpgsql AS $$
DECLARE
    stored text;
BEGIN
    SELECT a.password_hash INTO stored FROM iris.accounts a WHERE a.id = p_user FOR NO KEY UPDATE;
    outcome := iris.session_standing(p_user, p_session);
    IF outcome <> 'ok' OR stored = p_new_hash THEN RETURN; END IF;
    IF stored IS DISTINCT FROM p_old_hash THEN outcome := 'invalid_credentials'; RETURN; END IF;
    PERFORM iris.replace_password(p_user, p_new_hash, p_session, p_events, p_notices, p_time_zone);
END $$;

-- Counts one more event of a key, and says whether that is at most p_limit in the p_window_seconds since the first one.
CREATE OR REPLACE FUNCTION iris.count_within(p_scope text, p_key bytea, p_limit integer, p_window_seconds integer)
RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    moment CONSTANT timestamptz := clock_timestamp();
    oldest CONSTANT timestamptz := moment - make_interval(secs => p_window_seconds);
    total  integer;
BEGIN
    INSERT INTO iris.throttles AS t (scope, key, count, started_at, last_at) VALUES (p_scope, p_key, 1, moment, moment)
    ON CONFLICT (scope, key) DO UPDATE SET
        count = CASE WHEN t.started_at <= oldest THEN 1 ELSE least(t.count, p_limit) + 1 END,
        started_at = CASE WHEN t.started_at <= oldest THEN moment ELSE t.started_at END,
        last_at = moment
    RETURNING t.count INTO total;
    RETURN total <= p_limit;
END $$;

-- Puts the notice of a forgotten password on its way, unless the client's address (null: it is not counted) or the account's
-- address was told too often lately. Which accounts there are makes no difference here: it is not looked up. Returns
-- whether it is on its way.
CREATE OR REPLACE FUNCTION iris.request_password_reset(
    p_notices jsonb, p_address_key bytea, p_address_limit integer, p_email_key bytea, p_email_limit integer,
    p_window_seconds integer) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    -- One who is over the own bound uses nothing of somebody else's.
    IF p_address_key IS NOT NULL
        AND NOT iris.count_within('forgot', p_address_key, p_address_limit, p_window_seconds) THEN RETURN false; END IF;
    IF NOT iris.count_within('forgot', p_email_key, p_email_limit, p_window_seconds) THEN RETURN false; END IF;
    PERFORM iris.enqueue(p_notices);
    RETURN true;
END $$;

-- Makes the reset that a mail is about to tell, or finds it when that mail is tried again: its id is the notice's. Nothing
-- comes back where there is nothing to mail: no such account of our own, a disabled one, a reset that was used meanwhile.
CREATE OR REPLACE FUNCTION iris.make_password_reset(p_reset uuid, p_email text, p_lifetime_seconds integer, p_time_zone text)
RETURNS TABLE (email text, valid_until text)
LANGUAGE sql AS $$
    INSERT INTO iris.password_resets (id, account_id, expires_at)
    SELECT p_reset, a.id, clock_timestamp() + make_interval(secs => p_lifetime_seconds)
      FROM iris.accounts a
     WHERE a.email = p_email AND a.external_issuer IS NULL AND a.disabled_at IS NULL
    ON CONFLICT (id) DO NOTHING;
    SELECT a.email, to_char(r.expires_at AT TIME ZONE p_time_zone, 'HH24:MI')
      FROM iris.password_resets r JOIN iris.accounts a ON a.id = r.account_id
     WHERE r.id = p_reset AND r.used_at IS NULL AND r.expires_at > clock_timestamp() AND a.disabled_at IS NULL
$$;

-- Spends a reset on another password, and remembers the address that it came from as one of the owner's. `outcome` is 'ok',
-- 'account_disabled' or 'invalid': used, expired, never made. A repeat with the same new hash finds its work done.
CREATE OR REPLACE FUNCTION iris.reset_password(
    p_reset uuid, p_new_hash text, p_known_key bytea, p_known_s integer, p_events jsonb, p_notices jsonb,
    p_time_zone text, OUT outcome text)
LANGUAGE plpgsql AS $$
DECLARE
    account iris.accounts;
    moment  timestamptz;
BEGIN
    -- The account before its resets and sessions, as iris.change_password and an erasure lock them.
    SELECT a.* INTO account FROM iris.accounts a
     WHERE a.id = (SELECT r.account_id FROM iris.password_resets r WHERE r.id = p_reset)
       FOR NO KEY UPDATE;
    moment := clock_timestamp();
    IF account.password_hash = p_new_hash THEN outcome := 'ok'; RETURN; END IF;
    IF account.disabled_at IS NOT NULL THEN outcome := 'account_disabled'; RETURN; END IF;
    IF NOT EXISTS (SELECT 1 FROM iris.password_resets r
                    WHERE r.id = p_reset AND r.account_id = account.id AND r.used_at IS NULL AND r.expires_at > moment) THEN
        outcome := 'invalid'; RETURN;
    END IF;
    outcome := 'ok';
    PERFORM iris.replace_password(account.id, p_new_hash, NULL, p_events, p_notices, p_time_zone);
    -- Whoever made this necessary may have been known somewhere.
    DELETE FROM iris.known_addresses k WHERE k.account_id = account.id;
    PERFORM iris.know_address(account.id, p_known_key, p_known_s);
END $$;
