"""Premium accounts for the load, and access tokens for them.

Made by SQL and signed here: registering so many would measure yescrypt for minutes. There must be many, because a
person sends a few messages a minute: the rows of an account that sends thousands grow as no real one's do.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import subprocess
import time
import uuid
from pathlib import Path

#: Tokens outlive the longest run.
LIFETIME_SECONDS = 86_400

CREATE = """
WITH made AS (
    INSERT INTO iris.accounts (id, email, tier)
    SELECT gen_random_uuid(), 'bench' || n || '@example.org', 'premium' FROM generate_series(1, {count}) n
    RETURNING id)
INSERT INTO iris.sessions (id, account_id, expires_at)
SELECT gen_random_uuid(), id, now() + interval '1 day' FROM made
RETURNING account_id, id
"""


def create(count: int, database_url: str, secret: str, path: Path) -> None:
    """Writes one access token a line, each of an account of its own."""
    argv = ["psql", "-XqAt", "-F", " ", "-v", "ON_ERROR_STOP=1", "-d", database_url]
    run = subprocess.run([*argv, "-c", CREATE.format(count=count)], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise RuntimeError(f"The accounts could not be made:\n{run.stderr}")
    # Statistics as in a database that has been running for a while; for the tables that are still empty they would mislead.
    subprocess.run([*argv, "-c", "VACUUM ANALYZE iris.accounts, iris.sessions"], check=True)
    key, now = secret.encode(), int(time.time())
    pairs = (line.split() for line in run.stdout.splitlines())
    path.touch(mode=0o600)
    path.write_text("".join(f"{_token(account, session, key, now)}\n" for account, session in pairs), encoding="ascii")


def _token(account: str, session: str, key: bytes, now: int) -> str:
    """HS256 (RFC 7515 §3.1) with the claims of the service's own tokens."""
    claims = {
        "aud": "iris", "exp": now + LIFETIME_SECONDS, "iat": now, "iss": "iris", "jti": str(uuid.uuid4()),
        "sid": session, "sub": account, "tier": "premium",
    }
    signed = b".".join(_base64url(_compact(part)) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    return (signed + b"." + _base64url(hmac.new(key, signed, hashlib.sha256).digest())).decode("ascii")


def _compact(value: dict[str, str | int]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _base64url(value: bytes) -> bytes:
    return base64.urlsafe_b64encode(value).rstrip(b"=")
