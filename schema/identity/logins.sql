-- Identity: passwords, logins, brute force ------------------------------------------------------------------------------

ALTER TABLE iris.throttles
    -- When a refusal was last noted.
    ADD COLUMN IF NOT EXISTS refused_at timestamptz;

-- The class of a keyed hash among the 64 of iris.throttles.peers; none for null.
CREATE OR REPLACE FUNCTION iris.peer_class(p_key bytea) RETURNS bit(64)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN p_key IS NULL THEN 0::bit(64) ELSE 1::bit(64) << (get_byte(p_key, length(p_key) - 1) & 63) END;

-- How many different keys left such classes, by linear counting (Whang and others, 1990): exact enough up to some 200.
CREATE OR REPLACE FUNCTION iris.peers_seen(p_peers bit(64)) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN round(-64 * ln(greatest(64 - bit_count(p_peers), 0.5) / 64.0))::integer;

-- What is left of so many failures: one is forgotten after each p_drain_s since the last, all of them after p_keep_s.
CREATE OR REPLACE FUNCTION iris.failures_left(
    p_count integer, p_last_at timestamptz, p_now timestamptz, p_drain_s integer, p_keep_s integer) RETURNS integer
LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN CASE WHEN p_now >= p_last_at + make_interval(secs => p_keep_s) THEN 0
            ELSE greatest(0, p_count - floor(
                greatest(0, extract(epoch FROM p_now - p_last_at)) / p_drain_s)::integer) END;

-- Seconds for which nothing more is let through; 0: it may pass. A row from the future, left by a clock that was set back,
-- holds nobody up.
CREATE OR REPLACE FUNCTION iris.throttle_left(p_scope text, p_key bytea) RETURNS integer
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN coalesce((
        SELECT ceil(extract(epoch FROM t.blocked_until - clock_timestamp()))::integer FROM iris.throttles t
         WHERE t.scope = p_scope AND t.key = p_key
           AND t.blocked_until > clock_timestamp() AND t.last_at <= clock_timestamp()), 0);
END $$;

-- Counts one failure and blocks the key for the wait that p_delays has for so many. p_peer is the other side's key.
CREATE OR REPLACE FUNCTION iris.count_failure(
    p_scope text, p_key bytea, p_peer bytea, p_delays integer[], p_drain_s integer, p_keep_s integer,
    OUT failures integer, OUT peers_seen integer)
LANGUAGE sql AS $$
    INSERT INTO iris.throttles AS t (scope, key, count, peers, started_at, last_at, blocked_until)
    SELECT p_scope, p_key, 1, iris.peer_class(p_peer), m.moment, m.moment,
           m.moment + make_interval(secs => p_delays[1])
      FROM (SELECT clock_timestamp() AS moment) m
    ON CONFLICT (scope, key) DO UPDATE SET (count, peers, started_at, last_at, blocked_until) = (
        -- Who waited for the row's lock counts by the clock of now.
        SELECT f.kept + 1, excluded.peers | CASE WHEN f.kept > 0 THEN t.peers ELSE 0::bit(64) END,
               CASE WHEN f.kept > 0 THEN t.started_at ELSE f.moment END, f.moment,
               f.moment + make_interval(secs => p_delays[least(f.kept + 1, cardinality(p_delays))])
          FROM (SELECT m.moment, iris.failures_left(t.count, t.last_at, m.moment, p_drain_s, p_keep_s) AS kept
                  FROM (SELECT clock_timestamp() AS moment OFFSET 0) m OFFSET 0) f)
    RETURNING t.count, iris.peers_seen(t.peers)
$$;

-- Forgets a few of the keys that nothing was counted for lately: each failure cleans up after more than one.
CREATE OR REPLACE FUNCTION iris.forget_failures(p_keep_s integer, p_most integer) RETURNS void
LANGUAGE sql AS $$
    -- Who holds a row is counting for it.
    DELETE FROM iris.throttles t WHERE (t.scope, t.key) IN (
        SELECT o.scope, o.key FROM iris.throttles o WHERE o.last_at < now() - make_interval(secs => p_keep_s)
         ORDER BY o.last_at LIMIT p_most FOR UPDATE SKIP LOCKED)
$$;

-- Raises the alerts of a login that failed or was refused: one address that tried so many accounts, one account that so
-- many addresses tried. They are named by the first digits of their keyed hashes.
CREATE OR REPLACE FUNCTION iris.raise_login_alerts(
    p_address_key bytea, p_accounts integer, p_spraying integer, p_account_key bytea, p_addresses integer,
    p_stuffing integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    found jsonb := '[]';
BEGIN
    IF p_accounts >= p_spraying THEN
        found := found || jsonb_build_object('kind', 'login_spraying',
            'subject', left(encode(p_address_key, 'hex'), 12), 'detail', jsonb_build_object('accounts', p_accounts));
    END IF;
    IF p_addresses >= p_stuffing THEN
        found := found || jsonb_build_object('kind', 'login_stuffing',
            'subject', left(encode(p_account_key, 'hex'), 12), 'detail', jsonb_build_object('addresses', p_addresses));
    END IF;
    IF found <> '[]' THEN PERFORM iris.raise_alerts(found); END IF;
END $$;

-- Notes that a key held somebody up: the first time after each failure, and when a peer of a new class comes, so that a
-- flood of refusals writes next to nothing. Both are null when nothing was written.
CREATE OR REPLACE FUNCTION iris.note_refusal(
    p_scope text, p_key bytea, p_peer bytea, OUT is_first boolean, OUT peers_seen integer)
LANGUAGE sql AS $$
    UPDATE iris.throttles t SET refused_at = clock_timestamp(), peers = t.peers | iris.peer_class(p_peer)
      FROM iris.throttles before
     WHERE t.scope = p_scope AND t.key = p_key AND before.scope = p_scope AND before.key = p_key
       AND (t.refused_at IS NULL OR t.refused_at < t.last_at OR t.peers | iris.peer_class(p_peer) <> t.peers)
    RETURNING before.refused_at IS NULL OR before.refused_at < before.last_at, iris.peers_seen(t.peers)
$$;

-- Notes a refused login at the keys that refused it; an event once for each wait, alerts as for a failure.
CREATE OR REPLACE FUNCTION iris.refuse_login(
    p_scope text, p_key bytea, p_address_key bytea, p_account_key bytea, p_by_address boolean, p_spraying integer,
    p_stuffing integer, p_events jsonb, p_time_zone text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    is_first  boolean;
    is_also   boolean;
    accounts  integer;
    addresses integer;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    IF p_key IS NOT NULL THEN
        SELECT n.is_first, n.peers_seen INTO is_first, addresses
          FROM iris.note_refusal(p_scope, p_key, CASE WHEN p_scope = 'account' THEN p_address_key END) n;
    END IF;
    IF p_by_address THEN
        SELECT n.is_first, n.peers_seen INTO is_also, accounts
          FROM iris.note_refusal('address', p_address_key, p_account_key) n;
    END IF;
    IF is_first OR is_also THEN PERFORM iris.record(p_events, '[]', '[]', 0, p_time_zone); END IF;
    PERFORM iris.raise_login_alerts(p_address_key, accounts, p_spraying, p_account_key, addresses, p_stuffing);
END $$;

-- What must be known before a password is hashed, in one round trip: may a login be tried from there, and against which
-- hash. `outcome` is 'go' (the account's columns are null where there is none), 'throttled', or 'busy', when p_known_only
-- sends strangers away. An address that the account knows is held up by what failed for this account there, and by nothing
-- else. p_known_keys are the pair's keyed hashes, the one in use first; p_address_key is null for who has no address, and
-- holds nobody up unless p_is_limited.
CREATE OR REPLACE FUNCTION iris.begin_login(
    p_email text, p_account_key bytea, p_address_key bytea, p_is_limited boolean, p_known_keys bytea[],
    p_known_s integer, p_known_only boolean, p_spraying integer, p_stuffing integer,
    p_events jsonb, p_time_zone text,
    OUT outcome text, OUT retry_after_s integer, OUT is_known boolean, OUT password_hash text, OUT id uuid,
    OUT email text, OUT name text, OUT tier text, OUT beta_until text, OUT created_at text, OUT current_job text,
    OUT target_job text, OUT sector text, OUT experience_years integer, OUT region text, OUT goals text)
LANGUAGE plpgsql AS $$
DECLARE
    account   iris.accounts;
    account_s integer;
    address_s integer := 0;
    lane      text := 'account';
    lane_key  bytea := p_account_key;
BEGIN
    SELECT a.* INTO account FROM iris.accounts a WHERE a.email = p_email;
    is_known := EXISTS (
        SELECT 1 FROM iris.known_addresses k
         WHERE k.account_id = account.id AND k.address_hash = ANY (p_known_keys)
           AND k.last_login_at > now() - make_interval(secs => p_known_s));
    IF p_known_only AND NOT is_known THEN outcome := 'busy'; RETURN; END IF;
    IF is_known THEN
        lane := 'pair';
        lane_key := p_known_keys[1];
    ELSIF p_is_limited THEN
        address_s := iris.throttle_left('address', p_address_key);
    END IF;
    account_s := iris.throttle_left(lane, lane_key);
    IF account_s > 0 OR address_s > 0 THEN
        outcome := 'throttled';
        retry_after_s := greatest(account_s, address_s);
        PERFORM iris.refuse_login(lane, CASE WHEN account_s > 0 THEN lane_key END, p_address_key, p_account_key,
            address_s > 0, p_spraying, p_stuffing, p_events, p_time_zone);
        RETURN;
    END IF;

    outcome := 'go';
    password_hash := account.password_hash;
    id := account.id;
    email := coalesce(account.email, account.external_email);
    name := account.name;
    tier := iris.effective_tier(account.tier, account.beta_until, (now() AT TIME ZONE p_time_zone)::date);
    beta_until := account.beta_until::text;
    created_at := iris.rfc3339(account.created_at);
    current_job := account.current_job;
    target_job := account.target_job;
    sector := account.sector;
    experience_years := account.experience_years;
    region := account.region;
    goals := account.goals;
END $$;

-- Counts a login that failed: for the pair where the account knows the address, else for the account; and for the address.
-- Loses no more than moments of it in a crash, so nobody waits for the disk.
CREATE OR REPLACE FUNCTION iris.fail_login(
    p_account_key bytea, p_address_key bytea, p_pair_key bytea, p_delays integer[], p_drain_s integer,
    p_address_delays integer[], p_address_drain_s integer, p_keep_s integer, p_spraying integer, p_stuffing integer,
    p_events jsonb, p_time_zone text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    addresses integer;
    accounts  integer;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    -- The address last, here as everywhere, so that two failures never wait for each other.
    IF p_pair_key IS NOT NULL THEN
        PERFORM iris.count_failure('pair', p_pair_key, NULL, p_delays, p_drain_s, p_keep_s);
    ELSE
        SELECT f.peers_seen INTO addresses
          FROM iris.count_failure('account', p_account_key, p_address_key, p_delays, p_drain_s, p_keep_s) f;
    END IF;
    IF p_address_key IS NOT NULL THEN
        SELECT f.peers_seen INTO accounts
          FROM iris.count_failure(
              'address', p_address_key, p_account_key, p_address_delays, p_address_drain_s, p_keep_s) f;
    END IF;
    PERFORM iris.forget_failures(p_keep_s, 8);
    PERFORM iris.record(p_events, '[]', '[]', 0, p_time_zone);
    PERFORM iris.raise_login_alerts(p_address_key, accounts, p_spraying, p_account_key, addresses, p_stuffing);
END $$;

-- Remembers that an account logged in from an address, and forgets the addresses of long ago.
CREATE OR REPLACE FUNCTION iris.know_address(p_account uuid, p_known_key bytea, p_known_s integer) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO iris.known_addresses AS k (account_id, address_hash)
    SELECT p_account, p_known_key WHERE p_known_key IS NOT NULL
    ON CONFLICT (account_id, address_hash) DO UPDATE SET last_login_at = now();
    DELETE FROM iris.known_addresses k
     WHERE k.account_id = p_account AND k.last_login_at <= now() - make_interval(secs => p_known_s);
$$;

-- Opens the session of a login whose password matched p_verified_hash. `outcome` is 'ok'; 'account_disabled'; or 'changed'
-- when the account has another hash by now, which is then given: a password that was replaced meanwhile opens nothing,
-- one that was only hashed anew does. What failed before on the same way in is forgotten; what failed from an address
-- is not, or whoever has one account could go on guessing at others.
CREATE OR REPLACE FUNCTION iris.finish_login(
    p_account uuid, p_verified_hash text, p_new_hash text, p_account_key bytea, p_known_key bytea, p_is_known boolean,
    p_known_s integer, p_session uuid, p_token_hash bytea, p_refresh_ttl integer, p_max_ttl integer, p_device text,
    p_events jsonb, p_disabled_events jsonb, p_time_zone text, OUT outcome text, OUT password_hash text)
LANGUAGE plpgsql AS $$
DECLARE
    account iris.accounts;
BEGIN
    SELECT a.* INTO account FROM iris.accounts a WHERE a.id = p_account FOR NO KEY UPDATE;
    IF account.password_hash IS DISTINCT FROM p_verified_hash THEN
        outcome := 'changed';
        password_hash := account.password_hash;
        RETURN;
    END IF;
    IF account.disabled_at IS NOT NULL THEN
        outcome := 'account_disabled';
        PERFORM iris.record(p_disabled_events, '[]', '[]', 0, p_time_zone);
        RETURN;
    END IF;
    outcome := 'ok';
    IF p_new_hash IS NOT NULL THEN
        UPDATE iris.accounts a SET password_hash = p_new_hash WHERE a.id = p_account;
    END IF;
    PERFORM iris.open_session(p_session, p_account, p_token_hash, p_refresh_ttl, p_max_ttl, p_device);
    PERFORM iris.know_address(p_account, p_known_key, p_known_s);
    DELETE FROM iris.throttles t
     WHERE t.scope = CASE WHEN p_is_known THEN 'pair' ELSE 'account' END
       AND t.key = CASE WHEN p_is_known THEN p_known_key ELSE p_account_key END;
    PERFORM iris.record(p_events, '[]', '[]', 0, p_time_zone);
END $$;

-- Makes an account with its first session, and with the day's counters of an erased account of the same address. `outcome`
-- is 'ok', or 'email_taken' with all columns null. Both count for the address that asked.
CREATE OR REPLACE FUNCTION iris.register_account(
    p_id uuid, p_email text, p_name text, p_password_hash text, p_address_key bytea, p_delays integer[],
    p_drain_s integer, p_keep_s integer, p_known_key bytea, p_known_s integer, p_erased_keys bytea[], p_session uuid,
    p_token_hash bytea, p_refresh_ttl integer, p_max_ttl integer, p_device text, p_events jsonb, p_notices jsonb,
    p_time_zone text,
    OUT outcome text, OUT id uuid, OUT email text, OUT name text, OUT tier text, OUT beta_until text,
    OUT created_at text, OUT current_job text, OUT target_job text, OUT sector text, OUT experience_years integer,
    OUT region text, OUT goals text)
LANGUAGE plpgsql AS $$
DECLARE
    account iris.accounts;
BEGIN
    INSERT INTO iris.accounts AS a (id, email, name, password_hash) VALUES (p_id, p_email, p_name, p_password_hash)
    ON CONFLICT ON CONSTRAINT accounts_email_key DO NOTHING RETURNING a.* INTO account;
    IF p_address_key IS NOT NULL THEN
        PERFORM iris.count_failure('sign_up', p_address_key, NULL, p_delays, p_drain_s, p_keep_s);
    END IF;
    IF account.id IS NULL THEN outcome := 'email_taken'; RETURN; END IF;

    PERFORM iris.begin_account(p_id, p_events, p_notices, p_erased_keys, p_time_zone);
    PERFORM iris.open_session(p_session, p_id, p_token_hash, p_refresh_ttl, p_max_ttl, p_device);
    PERFORM iris.know_address(p_id, p_known_key, p_known_s);

    outcome := 'ok';
    id := account.id;
    email := account.email;
    name := account.name;
    tier := account.tier;
    created_at := iris.rfc3339(account.created_at);
END $$;
