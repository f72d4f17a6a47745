"""Somebody who forgot the password, from the question to the new one, with a mail server that takes mails."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest
from mail_sink import MailSink, mail_sink
from people import PASSWORD, Person
from service import Service, log_text, serving, wait_until

NEW_PASSWORD = "une phrase toute neuve"


@pytest.fixture(scope="module")
def sink() -> Iterator[MailSink]:
    """Where the module's mails arrive."""
    with mail_sink() as sink:
        yield sink


@pytest.fixture(scope="module")
def service(binary: Path, sink: MailSink) -> Iterator[Service]:
    """A service that sends mails."""
    env = {
        "IRIS_SMTP_URL": sink.url, "IRIS_MAIL_FROM": "Alessio <alessio@example.org>",
        "IRIS_PUBLIC_URL": "https://phoenix.example.org",
    }
    with serving(binary, api=1, auth=4, chat=1, env=env) as service:
        yield service


def forgot(service: Service, email: str, language: str = "fr") -> httpx.Response:
    return service.http.post(
        "/api/v1/auth/password/forgot", json={"email": email}, headers={"Accept-Language": language})


def reset(service: Service, token: str, password: str = NEW_PASSWORD) -> httpx.Response:
    return service.http.post("/api/v1/auth/password/reset", json={"token": token, "new_password": password})


def login(person: Person, password: str) -> int:
    return person.http.post("/api/v1/auth/login", json={"email": person.email, "password": password}).status_code


def text(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return part.get_content()


def token_of(mail: EmailMessage) -> str:
    (token,) = re.findall(r"https://phoenix\.example\.org/reset-password#token=([A-Za-z0-9_-]{64})\s", text(mail))
    assert f'href="https://phoenix.example.org/reset-password#token={token}"' in text(mail, "html")
    return token


def mails(service: Service, sink: MailSink, email: str, count: int = 1) -> list[EmailMessage]:
    """The mails to an address, once so many have come."""
    wait_until(lambda: len(sink.to(email)) >= count, 10, lambda: f"no mail: {log_text(service.server)[-2000:]}")
    return sink.to(email)


def test_from_the_question_to_the_new_password(service: Service, sink: MailSink) -> None:
    person = service.person()
    answer = forgot(service, person.email.upper())
    assert (answer.status_code, answer.content) == (202, b"")
    (mail,) = mails(service, sink, person.email)
    assert mail["Subject"] == "Choisissez un nouveau mot de passe" and "Alessio" in mail["From"]
    token = token_of(mail)
    with ThreadPoolExecutor(20) as pool:
        answers = [job.result().status_code for job in [pool.submit(reset, service, token) for _ in range(50)]]
    assert sorted(answers) == [204] + [401] * 49
    assert person.me().json()["code"] == "session_revoked"
    assert (login(person, PASSWORD), login(person, NEW_PASSWORD)) == (401, 200)
    # Fifty at once may have left no worker time for it: then the next one to drain the outbox sends it.
    assert forgot(service, "personne@example.org").status_code == 202
    news = mails(service, sink, person.email, 2)[1]
    assert news["Subject"] == "Votre mot de passe a été modifié"
    assert token not in log_text(service.server) and token not in str(service.rows("SELECT o::text FROM iris.outbox o"))


def test_english_for_who_reads_english(service: Service, sink: MailSink) -> None:
    person = service.person()
    forgot(service, person.email, "en")
    (mail,) = mails(service, sink, person.email)
    assert mail["Subject"] == "Choose a new password" and "works once" in text(mail)


def test_a_stranger_gets_no_mail_and_leaves_nothing(service: Service, sink: MailSink) -> None:
    stranger = "inconnue.du.service@example.org"
    assert forgot(service, stranger).status_code == 202
    outbox = "SELECT count(*) FROM iris.outbox WHERE payload->>'email' = %s"
    wait_until(lambda: service.rows(outbox, stranger) == [(0,)], 10)
    time.sleep(0.2)
    assert not sink.to(stranger)
    assert stranger not in log_text(service.server)


def test_a_fourth_mail_within_the_hour_is_not_sent(service: Service, sink: MailSink) -> None:
    person = service.person()
    assert {forgot(service, person.email).status_code for _ in range(5)} == {202}
    three = mails(service, sink, person.email, 3)
    time.sleep(0.5)
    assert len(sink.to(person.email)) == 3
    assert reset(service, token_of(three[1])).status_code == 204
    assert reset(service, token_of(three[2]), PASSWORD).status_code == 401, "the others are void"
