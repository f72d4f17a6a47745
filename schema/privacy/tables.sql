-- Privacy: export and erasure -------------------------------------------------------------------------------------------

ALTER TABLE iris.erased_identities
    -- The moments of the last minute's requests, so that it is not refilled either.
    ADD COLUMN IF NOT EXISTS requests timestamptz[] NOT NULL DEFAULT '{}';

-- Lets a new account start with the counters that an erased one of the same identity left. Call it in the transaction that
-- inserts the account, after the insert: an insert that met an erasure has waited for its end, and only then is there
-- something to find. p_hashes: the identity under every known key. No hash, or none that is known, changes nothing.
CREATE OR REPLACE FUNCTION iris.take_over_counters(p_account uuid, p_hashes bytea[], p_time_zone text) RETURNS void
LANGUAGE sql AS $$
    -- One identity has several rows after a change of keys: each began where the one before ended, so the largest counts.
    INSERT INTO iris.user_daily_usage AS d (user_id, date, message_count, blocked_count, tier_at_time)
    SELECT p_account, e.date, max(e.message_count), max(e.blocked_count), 'free'
      FROM iris.erased_identities e
     WHERE e.identity_hash = ANY (p_hashes) AND e.expires_at > now() AND e.date = (now() AT TIME ZONE p_time_zone)::date
       AND e.message_count + e.blocked_count > 0
     GROUP BY e.date
    ON CONFLICT (user_id, date) DO UPDATE SET
        message_count = greatest(d.message_count, excluded.message_count),
        blocked_count = greatest(d.blocked_count, excluded.blocked_count);
    INSERT INTO iris.user_minute_usage (user_id, requests)
    SELECT p_account, e.requests
      FROM iris.erased_identities e
     WHERE e.identity_hash = ANY (p_hashes) AND e.requests <> '{}' AND e.erased_at > now() - interval '60 s'
     ORDER BY e.erased_at DESC LIMIT 1
    ON CONFLICT (user_id) DO NOTHING;
$$;
