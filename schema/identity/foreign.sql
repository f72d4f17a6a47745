-- Identity: other issuers and the unified backend ----------------------------------------------------------------------

ALTER TABLE iris.accounts
    -- The name that the issuer gave last, and when it issued the token that said so: the account's own name follows it when it
    -- changes there, and what an older token says is no news.
    ADD COLUMN IF NOT EXISTS external_name    text,
    ADD COLUMN IF NOT EXISTS external_told_at timestamptz;

-- The account and the session of another issuer's token whose signature is good; both are made at first sight. An account is
-- found by issuer and subject alone, never by an address. `outcome` is 'ok', or 'session_revoked' for a token from before the
-- account's erasure. Whether the session lives and the account is enabled the endpoint's own statement asks.
-- p_erased_hashes: under which this identity would be noted in iris.erased_identities.
-- p_session_seconds: a session of more than one token is remembered for so long after its last one, ended or not, so that one
-- that was ended stays so; 0: as long as the token.
-- p_events and p_notices tell of the account p_new_account, if it is made.
CREATE OR REPLACE FUNCTION iris.adopt_identity(
    p_issuer text, p_subject text, p_erased_hashes bytea[], p_new_account uuid, p_session uuid,
    p_issued_at double precision, p_expires_at double precision, p_session_seconds integer, p_email text, p_name text,
    p_device text, p_time_zone text, p_events jsonb, p_notices jsonb,
    OUT outcome text, OUT account_id uuid, OUT tier text)
LANGUAGE plpgsql AS $$
DECLARE
    issued  CONSTANT timestamptz := to_timestamp(p_issued_at);
    account iris.accounts;
    ends    timestamptz;
BEGIN
    SELECT a.* INTO account FROM iris.accounts a
     WHERE a.external_issuer = p_issuer AND a.external_subject = p_subject;
    -- After the account was looked for: an erasure that took it away meanwhile is seen here.
    IF EXISTS (SELECT 1 FROM iris.erased_identities e
                WHERE e.identity_hash = ANY (p_erased_hashes) AND e.erased_at >= issued) THEN
        outcome := 'session_revoked'; RETURN;
    END IF;

    IF account.id IS NULL THEN
        INSERT INTO iris.accounts AS a (id, external_issuer, external_subject, external_email, name, external_name,
            external_told_at)
        VALUES (p_new_account, p_issuer, p_subject, p_email, p_name, p_name, issued)
        ON CONFLICT (external_issuer, external_subject) DO NOTHING
        RETURNING a.* INTO account;
        IF FOUND THEN
            PERFORM iris.begin_account(account.id, p_events, p_notices, p_erased_hashes, p_time_zone);
        ELSE
            SELECT a.* INTO account FROM iris.accounts a
             WHERE a.external_issuer = p_issuer AND a.external_subject = p_subject;
            -- Made by somebody else a moment ago, and erased since.
            IF NOT FOUND THEN outcome := 'session_revoked'; RETURN; END IF;
        END IF;
    END IF;
    UPDATE iris.accounts a
       SET external_email = coalesce(p_email, a.external_email), external_name = coalesce(p_name, a.external_name),
           external_told_at = issued,
           -- A name from before the first token is the user's own, or the unified backend's.
           name = CASE WHEN p_name IS NULL OR p_name = a.external_name THEN a.name
                       WHEN a.external_told_at IS NULL THEN coalesce(a.name, p_name) ELSE p_name END
     WHERE a.id = account.id AND (a.external_told_at IS NULL OR a.external_told_at < issued)
       AND (a.external_told_at IS NULL OR coalesce(p_name, a.external_name) IS DISTINCT FROM a.external_name
            OR coalesce(p_email, a.external_email) IS DISTINCT FROM a.external_email);

    ends := greatest(to_timestamp(p_expires_at), now() + make_interval(secs => p_session_seconds));
    INSERT INTO iris.sessions AS s (id, account_id, expires_at, device) VALUES (p_session, account.id, ends, p_device)
    ON CONFLICT (id) DO UPDATE
        SET expires_at = greatest(s.expires_at, excluded.expires_at),
            last_used_at = CASE WHEN s.revoked_at IS NULL THEN now() ELSE s.last_used_at END
        WHERE s.account_id = excluded.account_id
          AND (s.last_used_at < now() - interval '1 minute' OR s.expires_at < to_timestamp(p_expires_at));
    outcome := 'ok';
    account_id := account.id;
    tier := iris.effective_tier(account.tier, account.beta_until, (now() AT TIME ZONE p_time_zone)::date);
END $$;

-- What the unified backend and the command line decide of accounts.

-- Changes an account by the members that p_changes has of external_email, name, tier and beta_until: what is absent stays,
-- null clears (RFC 7396). p_tier_event is recorded where this changes the paid tier. The account as it is then; null: there
-- is none.
CREATE OR REPLACE FUNCTION iris.change_account(
    p_account uuid, p_changes jsonb, p_tier_event jsonb, p_time_zone text) RETURNS iris.accounts
LANGUAGE plpgsql AS $$
DECLARE
    present iris.accounts;
    changed iris.accounts;
BEGIN
    SELECT a.* INTO present FROM iris.accounts a WHERE a.id = p_account FOR NO KEY UPDATE;
    IF NOT FOUND THEN RETURN NULL; END IF;
    changed := jsonb_populate_record(present, p_changes);
    -- What says nothing new costs no row: a backend may tell of all its users each night.
    IF changed IS DISTINCT FROM present THEN
        UPDATE iris.accounts a
           SET external_email = changed.external_email, name = changed.name, tier = changed.tier,
               beta_until = changed.beta_until
         WHERE a.id = p_account;
    END IF;
    IF changed.tier <> present.tier THEN
        PERFORM iris.record(jsonb_build_array(p_tier_event), '[]', '[]', 0, p_time_zone);
    END IF;
    RETURN changed;
END $$;

-- Makes or changes the account that p_issuer knows as p_subject. p_new: p_account is an id of a new account, to be made
-- with p_created, its events, with p_notices, and with the counters that an erased one left (p_hashes). Safe to repeat.
-- Null, and nothing done, when somebody else made the account meanwhile or erased it: ask for its id again.
CREATE OR REPLACE FUNCTION iris.put_external_user(
    p_account uuid, p_new boolean, p_issuer text, p_subject text, p_changes jsonb, p_tier_event jsonb,
    p_created jsonb, p_notices jsonb, p_hashes bytea[], p_time_zone text) RETURNS iris.accounts
LANGUAGE plpgsql AS $$
BEGIN
    IF p_new THEN
        INSERT INTO iris.accounts (id, external_issuer, external_subject) VALUES (p_account, p_issuer, p_subject)
        ON CONFLICT DO NOTHING;
        IF FOUND THEN PERFORM iris.begin_account(p_account, p_created, p_notices, p_hashes, p_time_zone); END IF;
    END IF;
    PERFORM 1 FROM iris.accounts a
      WHERE a.id = p_account AND a.external_issuer = p_issuer AND a.external_subject = p_subject;
    IF NOT FOUND THEN RETURN NULL; END IF;
    RETURN iris.change_account(p_account, p_changes, p_tier_event, p_time_zone);
END $$;

-- Makes an account that logs in with a password; else as iris.put_external_user. Null: its address is taken.
CREATE OR REPLACE FUNCTION iris.add_account(
    p_account uuid, p_email text, p_password_hash text, p_changes jsonb, p_tier_event jsonb,
    p_created jsonb, p_notices jsonb, p_hashes bytea[], p_time_zone text) RETURNS iris.accounts
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO iris.accounts (id, email, password_hash) VALUES (p_account, p_email, p_password_hash)
    ON CONFLICT DO NOTHING;
    IF FOUND THEN PERFORM iris.begin_account(p_account, p_created, p_notices, p_hashes, p_time_zone); END IF;
    RETURN iris.change_account(p_account, p_changes, p_tier_event, p_time_zone);
END $$;

-- What goes with a new account, whoever made it.
CREATE OR REPLACE FUNCTION iris.begin_account(
    p_account uuid, p_events jsonb, p_notices jsonb, p_hashes bytea[], p_time_zone text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM iris.take_over_counters(p_account, p_hashes, p_time_zone);
    PERFORM iris.record(p_events, '[]', '[]', 0, p_time_zone);
    PERFORM iris.enqueue(p_notices);
END $$;
