-- Small helpers -------------------------------------------------------------------------------------------------------

-- RFC 9562 §5.7: the first 48 bits of a UUIDv7 are milliseconds since 1970.
CREATE OR REPLACE FUNCTION iris.uuid_v7_time(id uuid) RETURNS timestamptz
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN to_timestamp(('x' || lpad(left(replace(id::text, '-', ''), 12), 16, '0'))::bit(64)::bigint / 1000.0);

-- RFC 3339 in UTC, as the API shows times. STABLE like to_char: an IMMUTABLE one would never be inlined.
CREATE OR REPLACE FUNCTION iris.rfc3339(moment timestamptz) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"');

-- The tier that counts now: a beta grant is premium to the end of its last day.
CREATE OR REPLACE FUNCTION iris.effective_tier(tier text, beta_until date, today date) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN tier = 'premium' OR beta_until >= today THEN 'premium' ELSE 'free' END;

-- Midnight at the end of `day` there. A day is added to the local timestamp: days of 23 and 25 hours exist.
CREATE OR REPLACE FUNCTION iris.end_of_day(day date, time_zone text) RETURNS timestamptz
LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN (day + 1)::timestamp AT TIME ZONE time_zone;

-- Keeps an account from being erased before this transaction ends. Who writes several rows of a user takes this first, as
-- the foreign keys of those rows would later: an erasure, which takes the account first as well, then comes wholly before
-- it or wholly after it, and the two never wait for each other in a circle.
CREATE OR REPLACE FUNCTION iris.hold_account(p_account uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM iris.accounts a WHERE a.id = p_account FOR KEY SHARE;
END $$;
