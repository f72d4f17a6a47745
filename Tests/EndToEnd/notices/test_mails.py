"""Mails through a real SMTP server: what arrives, what comes again, what is never said in the open."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from mail_sink import MailSink, mail_sink
from people import PASSWORD, Person
from plain_cgi import service_env
from service import Service, log_text, serving, wait_until

FROM = "Alessio, d'Évolution <alessio@iris.example>"
USER = ("iris", "p@ss: wörd")
#: Not known as this very host's address, though Linux takes it for that: so all that is demanded of a far server is.
FAR = "0.0.0.0"


@pytest.fixture(scope="module")
def module_sink() -> Iterator[MailSink]:
    """The relay of this host, without TLS."""
    with mail_sink() as sink:
        yield sink


@pytest.fixture(scope="module")
def module_mailing(binary: Path, module_sink: MailSink) -> Iterator[Service]:
    """A service that hands its mails to it."""
    env = {"IRIS_SMTP_URL": module_sink.url, "IRIS_MAIL_FROM": FROM}
    with serving(binary, api=2, auth=1, chat=1, env=env) as service:
        yield service


@pytest.fixture()
def sink(module_sink: MailSink) -> MailSink:
    """The relay, who has got nothing yet."""
    module_sink.mails.clear()
    module_sink.replies.clear()
    module_sink.delay, module_sink.asked = 0.0, 0
    return module_sink


@pytest.fixture()
def mailing(module_mailing: Service, sink: MailSink) -> Service:
    """The service, with nothing to send."""
    module_mailing.run("DELETE FROM iris.outbox")
    return module_mailing


def forget(person: Person) -> str:
    """Asks for a way back in; the time it took is checked, since nobody waits for a mail."""
    answer = person.http.post("/api/v1/auth/password/forgot", json={"email": person.email})
    assert answer.status_code == 202 and answer.elapsed.total_seconds() < 1.0
    return person.email


def queued(service: Service, person: Person) -> None:
    """A mail on its way that no worker has touched."""
    service.run(
        "INSERT INTO iris.outbox (id, kind, topic, payload, expires_at) VALUES (gen_random_uuid(), 'mail',"
        " 'password_forgot', jsonb_build_object('email', %s, 'language', 'fr'), now() + interval '30 minutes')",
        person.email)


def maintain(service: Service, **env: str) -> dict[str, Any]:
    """Runs `iris-fcgi maintain` with other settings than the workers'; what it did with the outbox."""
    binary = service.server.directory / "bin" / "iris-fcgi"
    done = subprocess.run(
        [str(binary), "maintain", "--json"], capture_output=True, timeout=90, check=False,
        env={"PATH": "/usr/bin:/bin", **service_env(service.server), **env})
    assert done.returncode == 0, done.stderr
    assert USER[1].encode() not in done.stderr and b"@example" not in done.stderr
    return dict(json.loads(done.stdout)["outbox"])


def state(service: Service) -> list[tuple[int, str | None]]:
    """Attempts and last error of what is on its way."""
    return service.rows("SELECT attempts, last_error FROM iris.outbox WHERE delivered_at IS NULL ORDER BY created_at")


def make_due(service: Service) -> None:
    """The time until the next try is over."""
    service.run("UPDATE iris.outbox SET due_at = now() - interval '1 second'")


def test_a_mail_as_its_reader_has_it(mailing: Service, sink: MailSink) -> None:
    person = mailing.person()
    forget(person)
    [got] = wait_until(lambda: sink.mails)
    mail = got.mail
    assert (got.sender, got.recipients) == ("alessio@iris.example", [person.email])
    assert str(mail["From"]) == "\"Alessio, d'Évolution\" <alessio@iris.example>" and str(mail["To"]) == person.email
    assert str(mail["Subject"]) == "Choisissez un nouveau mot de passe"
    assert abs(parsedate_to_datetime(str(mail["Date"])).timestamp() - time.time()) < 60
    assert re.fullmatch(r"<[0-9a-f-]{36}@iris\.example>", str(mail["Message-ID"]))
    assert str(mail["Auto-Submitted"]) == "auto-generated" and mail.get_content_type() == "multipart/alternative"
    links = [re.findall(r"http://localhost:3000/reset-password#token=[^\s\"<]+", got.text(kind)) for kind in ("plain", "html")]
    assert links[0] and set(links[0]) == set(links[1])
    assert "Vous avez oublié votre mot de passe" in got.text("plain")
    assert b"\n" not in got.bytes.replace(b"\r\n", b"") and b"\r" not in got.bytes.replace(b"\r\n", b"")
    assert max(map(len, got.bytes.split(b"\r\n"))) <= 78 and all(byte < 128 for byte in got.bytes)
    wait_until(lambda: mailing.rows("SELECT 1 FROM iris.outbox") == [])
    assert person.email not in log_text(mailing.server)


def test_the_link_of_a_mail_opens_the_account(mailing: Service, sink: MailSink) -> None:
    person = mailing.person()
    forget(person)
    [got] = wait_until(lambda: sink.mails)
    token = re.findall(r"#token=([^\s\"<]+)", got.text("plain"))[0]
    new = {"token": token, "new_password": "une tout autre phrase"}
    assert person.http.post("/api/v1/auth/password/reset", json=new).status_code == 204
    login = {"email": person.email, "password": "une tout autre phrase"}
    assert person.http.post("/api/v1/auth/login", json=login).status_code == 200
    # The login may have ended the worker's attempt to tell of the new password.
    wait_until(lambda: [error for _, error in state(mailing)] in ([], ["stopped"]))
    make_due(mailing)
    maintain(mailing)
    assert [str(mail.mail["Subject"]) for mail in sink.mails][1:] == ["Votre mot de passe a été modifié"]


def test_who_has_no_account_gets_no_mail(mailing: Service, sink: MailSink) -> None:
    answer = mailing.http.post("/api/v1/auth/password/forgot", json={"email": "personne@example.net"})
    assert answer.status_code == 202
    wait_until(lambda: state(mailing) == [])
    assert sink.asked == 0


def test_a_recipient_who_is_refused_for_now_gets_the_mail_later(mailing: Service, sink: MailSink) -> None:
    sink.replies = ["450 4.2.1 mailbox busy"]
    forget(mailing.person())
    wait_until(lambda: state(mailing) == [(1, "postponed_450")])
    assert sink.mails == []
    make_due(mailing)
    assert maintain(mailing)["delivered"] == 1
    assert len(sink.mails) == 1 and state(mailing) == []


def test_a_recipient_who_is_refused_for_good_is_left_alone(mailing: Service, sink: MailSink) -> None:
    person = mailing.person()
    sink.replies = [f"550 5.1.1 <{person.email}> is unknown here"]
    forget(person)
    wait_until(lambda: sink.asked == 1 and state(mailing) == [])
    assert maintain(mailing)["delivered"] == 0 and sink.asked == 1
    assert any(line.get("reason") == "refused_550" for line in mailing.server.log_lines("auth"))
    assert person.email not in log_text(mailing.server)


def test_a_server_that_hangs_slows_no_answer(mailing: Service, sink: MailSink) -> None:
    person = mailing.person()
    sink.delay = 60.0
    forget(person)
    wait_until(lambda: sink.asked)
    login = {"email": person.email, "password": PASSWORD}
    for _ in range(3):
        start = time.monotonic()
        assert person.http.post("/api/v1/auth/login", json=login).status_code == 200
        assert time.monotonic() - start < 2.0
    assert person.me().elapsed.total_seconds() < 0.5
    assert state(mailing) == [(1, "stopped")]


def test_a_server_that_hangs_lets_an_idle_worker_go(mailing: Service, sink: MailSink) -> None:
    sink.delay = 60.0
    start = time.monotonic()
    forget(mailing.person())
    wait_until(lambda: state(mailing) == [(1, "timed_out")], seconds=12)
    assert time.monotonic() - start < 10


def test_a_mail_of_a_killed_worker_is_sent_when_its_lease_ends(mailing: Service, sink: MailSink) -> None:
    sink.delay = 60.0
    person = mailing.person()
    forget(person)
    wait_until(lambda: sink.asked)
    [worker] = mailing.server.pids("auth")
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: mailing.server.pids("auth") not in ([], [worker]))
    sink.delay = 0.0
    assert state(mailing) == [(1, None)]
    assert maintain(mailing)["delivered"] == 0, "its lease lasts"
    make_due(mailing)
    assert maintain(mailing)["delivered"] == 1
    assert [mail.recipients for mail in sink.mails] == [[person.email]]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate for the far server that only `authorities/` in it vouches for."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=mail",
         "-addext", f"subjectAltName=IP:{FAR}", "-keyout", folder / "key.pem", "-out", folder / "certificate.pem"],
        check=True, capture_output=True)
    (folder / "authorities").mkdir()
    shutil.copy(folder / "certificate.pem", folder / "authorities" / "ours.pem")
    subprocess.run(["openssl", "rehash", folder / "authorities"], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def far_sink(certificate: Path) -> Iterator[MailSink]:
    """A far server: STARTTLS, and a login."""
    with mail_sink(certificate, USER) as sink:
        yield sink


def far_url(sink: MailSink, password: str = "p%40ss:%20w%C3%B6rd") -> str:
    """Where it is, with our user and password."""
    return f"smtp://{USER[0]}:{password}@{FAR}:{sink.port}"


def test_a_far_server_is_told_the_password_and_the_mail_under_tls(
    mailing: Service, far_sink: MailSink, certificate: Path
) -> None:
    queued(mailing, mailing.person())
    authorities = str(certificate / "authorities")
    assert maintain(mailing, IRIS_SMTP_URL=far_url(far_sink), SSL_CERT_DIR=authorities)["delivered"] == 1
    [got] = far_sink.mails
    assert got.tls and got.login == USER[0]
    queued(mailing, mailing.person())
    wrong = far_url(far_sink, "wrong")
    assert maintain(mailing, IRIS_SMTP_URL=wrong, SSL_CERT_DIR=authorities)["postponed"] == 1
    assert state(mailing) == [(1, "denied_535")]


def test_a_far_server_that_nobody_vouches_for_hears_nothing(mailing: Service, far_sink: MailSink) -> None:
    far_sink.mails.clear()
    queued(mailing, mailing.person())
    assert maintain(mailing, IRIS_SMTP_URL=far_url(far_sink))["postponed"] == 1
    assert state(mailing) == [(1, "bad_certificate")] and far_sink.mails == []


def test_a_far_server_without_tls_hears_nothing(mailing: Service, sink: MailSink) -> None:
    queued(mailing, mailing.person())
    assert maintain(mailing, IRIS_SMTP_URL=f"smtp://{FAR}:{sink.port}")["postponed"] == 1
    assert state(mailing) == [(1, "no_tls")] and sink.asked == 0


def test_a_relay_of_this_host_may_have_any_certificate(mailing: Service, far_sink: MailSink) -> None:
    far_sink.mails.clear()
    queued(mailing, mailing.person())
    near = far_url(far_sink).replace(FAR, "127.0.0.1")
    assert maintain(mailing, IRIS_SMTP_URL=near)["delivered"] == 1
    assert far_sink.mails[0].tls
