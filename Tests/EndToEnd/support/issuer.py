"""Another issuer of tokens, as Supabase Auth or Keycloak is one: its keys, its tokens, and the address of its JWK set."""

from __future__ import annotations

import base64
import json
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ISSUER = "https://projet.supabase.example/auth/v1"
AUDIENCE = "authenticated"
PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
#: The order of P-256.
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def b64(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value: int, size: int = 0) -> str:
    """A JWK's number."""
    return b64(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


class Key:
    """One private key and what it signs with: `alg` is RS256, PS256, ES256 or EdDSA."""

    def __init__(self, alg: str, kid: str | None = None) -> None:
        self.alg = alg
        self.kid = kid or f"{alg}-{uuid.uuid4()}"
        if alg in ("RS256", "PS256"):
            self.private: Any = rsa.generate_private_key(65537, 2048)
        elif alg == "ES256":
            self.private = ec.generate_private_key(ec.SECP256R1())
        else:
            self.private = ed25519.Ed25519PrivateKey.generate()

    def jwk(self, **members: Any) -> dict[str, Any]:
        """The public half, as issuers publish it."""
        return {**self.material(), "kid": self.kid, "alg": self.alg, "use": "sig", **members}

    def material(self) -> dict[str, str]:
        """The members that are the key."""
        public = self.private.public_key()
        if self.alg in ("RS256", "PS256"):
            numbers = public.public_numbers()
            return {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e)}
        if self.alg == "ES256":
            numbers = public.public_numbers()
            return {"kty": "EC", "crv": "P-256", "x": number(numbers.x, 32), "y": number(numbers.y, 32)}
        return {"kty": "OKP", "crv": "Ed25519", "x": b64(public.public_bytes(Encoding.Raw, PublicFormat.Raw))}

    def sign(self, signed: bytes) -> bytes:
        """A JWS signature (RFC 7518 §3)."""
        if self.alg == "RS256":
            return self.private.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        if self.alg == "PS256":
            return self.private.sign(signed, PSS, hashes.SHA256())
        if self.alg == "ES256":
            r, s = utils.decode_dss_signature(self.der(signed))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return self.private.sign(signed)

    def der(self, signed: bytes) -> bytes:
        """An ECDSA signature as everybody but JOSE writes it."""
        return self.private.sign(signed, ec.ECDSA(hashes.SHA256()))

    def token(self, claims: Any, header: Any = None) -> str:
        """A token of these claims. Both parts may be given as bytes or text, to have them as they are."""
        parts = self.parts(claims, header)
        return f"{parts}.{b64(self.sign(parts.encode()))}"

    def parts(self, claims: Any, header: Any = None) -> str:
        """Header and payload, encoded."""
        return f"{_part({'alg': self.alg, 'kid': self.kid, 'typ': 'JWT'} if header is None else header)}.{_part(claims)}"


def _part(value: Any) -> str:
    if isinstance(value, str):
        value = value.encode()
    return b64(value if isinstance(value, bytes) else json.dumps(value).encode())


def hs256(secret: bytes, claims: Any, header: Any = None) -> str:
    """A token with a shared secret."""
    parts = f"{_part({'alg': 'HS256', 'typ': 'JWT'} if header is None else header)}.{_part(claims)}"
    code = hmac.HMAC(secret, hashes.SHA256())
    code.update(parts.encode())
    return f"{parts}.{b64(code.finalize())}"


def claims(subject: str | None = None, **changes: Any) -> dict[str, Any]:
    """What Supabase Auth puts into an access token; a change to None leaves a claim out."""
    now = int(time.time())
    subject = subject or str(uuid.uuid4())
    members = {
        "iss": ISSUER, "sub": subject, "aud": AUDIENCE, "exp": now + 3600, "iat": now, "email": f"{subject}@example.org",
        "phone": "", "app_metadata": {"provider": "email", "providers": ["email"]},
        "user_metadata": {"email_verified": True, "full_name": "Ada Lovelace"}, "role": "authenticated", "aal": "aal1",
        "amr": [{"method": "password", "timestamp": now}], "session_id": str(uuid.uuid4()), "is_anonymous": False,
        **changes,
    }
    return {name: value for name, value in members.items() if value is not None}


def service_token(secret: str, **changes: Any) -> str:
    """The unified backend's token."""
    now = int(time.time())
    members = {"sub": "backend", "aud": "iris-internal", "iat": now, "exp": now + 300, **changes}
    return hs256(secret.encode(), {name: value for name, value in members.items() if value is not None})


def environment(jwks: str) -> dict[str, str]:
    """What makes a service take this issuer's tokens."""
    return {"IRIS_EXTERNAL_ISSUER": ISSUER, "IRIS_EXTERNAL_AUDIENCE": AUDIENCE, "IRIS_EXTERNAL_JWKS": jwks}


def ask(http: httpx.Client, token: str, path: str = "/api/v1/user/me", method: str = "GET", **options: Any) -> httpx.Response:
    """A request with a token."""
    return http.request(method, path, headers={"Authorization": f"Bearer {token}"}, **options)


class KeyServer:
    """Serves a JWK set, well or badly, and counts who asks."""

    def __init__(self) -> None:
        self.keys: list[dict[str, Any]] = []
        #: What is sent in the place of the set.
        self.body: bytes | None = None
        self.status = 200
        self.delay = 0.0
        self.is_down = False
        self.requests: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.requests.append(self.path)
                time.sleep(outer.delay)
                if outer.is_down:
                    self.close_connection = True
                    return
                body = outer.body if outer.body is not None else json.dumps({"keys": outer.keys}).encode()
                try:
                    self.send_response(outer.status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/jwks.json"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def reset(self, *keys: Key) -> None:
        """Serves these keys, as it should, and forgets who asked."""
        self.keys = [key.jwk() for key in keys]
        self.body, self.status, self.delay, self.is_down = None, 200, 0.0, False
        self.requests.clear()

    def close(self) -> None:
        """Ends it."""
        self._server.shutdown()
        self._server.server_close()
