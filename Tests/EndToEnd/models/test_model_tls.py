"""TLS to the model: verified always, HTTP/2 when it is offered."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from model_server import ModelServer
from people import Person, register
from plain_cgi import cgi, service_env
from wiring import MODEL_KEY, Serve

NGINX = """
daemon off; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{
  access_log {folder}/access.log;
  log_format protocol '$server_protocol $status';
  access_log {folder}/protocol.log protocol;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port} ssl http2;
    ssl_certificate {folder}/certificate.pem; ssl_certificate_key {folder}/key.pem;
    location / {{ proxy_pass {model}; }}
  }}
}}
"""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate for localhost that only `authorities/` in it vouches for."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", folder / "key.pem", "-out", folder / "certificate.pem"],
        check=True, capture_output=True)
    (folder / "authorities").mkdir()
    shutil.copy(folder / "certificate.pem", folder / "authorities" / "ours.pem")
    subprocess.run(["openssl", "rehash", folder / "authorities"], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def secure_model(certificate: Path, session_model: ModelServer) -> Iterator[str]:
    """The stand-in behind an nginx with TLS and HTTP/2."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    configuration = certificate / "nginx.conf"
    configuration.write_text(NGINX.format(folder=certificate, port=port, model=session_model.url))
    nginx = subprocess.Popen(["/usr/sbin/nginx", "-p", str(certificate), "-c", str(configuration)], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        yield f"https://localhost:{port}"
    finally:
        nginx.terminate()
        nginx.wait(5)


def test_a_trusted_certificate_is_asked_over_http2(
    binary: Path, iris, person: Person, secure_model: str, certificate: Path, model: ModelServer
) -> None:
    body = json.dumps({"message": "Bonjour en TLS"}).encode()
    env = {**service_env(iris), "IRIS_GEMINI_BASE_URL": secure_model, "SSL_CERT_DIR": str(certificate / "authorities")}
    done = cgi(
        binary, body, env, REQUEST_METHOD="POST", PATH_INFO="/api/v1/chat", CONTENT_LENGTH=str(len(body)),
        CONTENT_TYPE="application/json", HTTP_AUTHORIZATION=f"Bearer {person.access_token}")
    assert json.loads(done.stdout.partition(b"\r\n\r\n")[2])["finish"] == "complete", done.stderr
    assert (certificate / "protocol.log").read_text().splitlines()[-1] == "HTTP/2.0 200"
    assert model.requests[-1]["key"] == MODEL_KEY


def test_an_unknown_certificate_gets_no_key_and_no_question(serve: Serve, secure_model: str, model: ModelServer) -> None:
    server = serve(chat=1, env={"IRIS_GEMINI_BASE_URL": secure_model, "IRIS_GEMINI_API_KEYS": MODEL_KEY})
    with httpx.Client(base_url=server.url, timeout=20, trust_env=False) as http:
        body = register(http).chat().json()
    assert body["finish"] == "fallback" and model.requests == []
    assert any(line.get("reason") == "unreachable_certificate" for line in server.log_lines("chat"))
