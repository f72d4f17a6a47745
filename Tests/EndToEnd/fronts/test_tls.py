"""TLS of the production site: Mozilla's intermediate configuration, nothing less and nothing more."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator

import pytest
from devserver import DevServer
from devserver.settings import PROJECT
from devserver.site import HOST
from production import Production, producing

#: The intermediate configuration's for TLS 1.2, of guideline 6.0 on https://ssl-config.mozilla.org.
INTERMEDIATE = [
    "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
]  # fmt: skip
CURVES = ["X25519", "prime256v1", "secp384r1"]
KIB = 1024


@pytest.fixture(scope="module")
def production(iris: DevServer) -> Iterator[Production]:
    """The site in front of the session's workers."""
    with producing(iris) as site:
        yield site


def of_version(production: Production, version: ssl.TLSVersion) -> ssl.SSLContext:
    """A client of exactly this version, which takes whatever cipher there is."""
    context = production.context()
    context.set_ciphers("ALL:@SECLEVEL=0")  # else OpenSSL would refuse old ones before nginx can
    context.minimum_version = context.maximum_version = version
    return context


def agrees(production: Production, context: ssl.SSLContext) -> bool:
    """Whether a handshake succeeds."""
    try:
        production.shake_hands(context)
    except ssl.SSLError:
        return False
    return True


def test_the_list_is_mozillas() -> None:
    """In its order, which the clients' own precedes (ssl_prefer_server_ciphers off)."""
    shipped = (PROJECT / "deploy" / "nginx" / "iris" / "tls.conf").read_text(encoding="utf-8")
    assert f"ssl_ciphers {':'.join(INTERMEDIATE)};" in shipped and f"ssl_ecdh_curve {':'.join(CURVES)};" in shipped
    for line in ("ssl_protocols TLSv1.2 TLSv1.3;", "ssl_prefer_server_ciphers off;", "ssl_session_tickets off;"):
        assert line in shipped


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_current_versions_are_spoken(production: Production, version: ssl.TLSVersion) -> None:
    found = production.shake_hands(of_version(production, version)).version()
    assert found == version.name.replace("_", ".")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_versions_are_not(production: Production) -> None:
    with pytest.raises(ssl.SSLError, match="(?i)protocol.version"):
        production.shake_hands(of_version(production, ssl.TLSVersion.TLSv1_1))


def test_of_all_that_openssl_knows_only_the_list_is_taken(production: Production) -> None:
    """With a certificate of an elliptic curve, that is the list's half for such."""
    context = of_version(production, ssl.TLSVersion.TLSv1_2)
    known = [cipher["name"] for cipher in context.get_ciphers() if not cipher["name"].startswith("TLS_")]
    assert len(known) > 30
    taken = []
    for name in known:
        context.set_ciphers(f"{name}:@SECLEVEL=0")
        if agrees(production, context):
            taken.append(name)
    assert sorted(taken) == sorted(name for name in INTERMEDIATE if "ECDSA" in name)


@pytest.mark.parametrize(("curve", "taken"), [*((name, True) for name in CURVES), ("secp521r1", False), ("X448", False)])
def test_only_the_curves_of_the_list_are_taken(production: Production, curve: str, taken: bool) -> None:
    argv = ["openssl", "s_client", "-connect", f"127.0.0.1:{production.https}", "-servername", HOST, "-groups", curve]
    run = subprocess.run(argv, input=b"", capture_output=True, timeout=20, check=False)
    assert (run.returncode == 0) is taken, run.stdout + run.stderr


def test_http_2_is_offered_and_carries_long_tokens(production: Production) -> None:
    """nginx counts a field of HTTP/2 against the same buffers."""
    context = production.context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    assert production.shake_hands(context).selected_alpn_protocol() == "h2"
    for size in (1, 12, 16):
        run = subprocess.run(
            ["curl", "-s", "--http2", "--cacert", str(production.site.certificate), "--connect-to",
             f"{HOST}:443:127.0.0.1:{production.https}", "-w", "\n%{http_version} %{http_code}",
             "-H", f"Authorization: Bearer {'a' * size * KIB}", f"https://{HOST}/api/v1/user/me"],
            capture_output=True, text=True, timeout=20, check=True)  # fmt: skip
        assert run.stdout.endswith("\n2 401") and '"invalid_token"' in run.stdout, run.stdout
