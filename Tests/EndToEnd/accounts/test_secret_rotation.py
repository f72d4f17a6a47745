"""Secrets are replaced in their files, step by step as docs/operations.md has it, while people are logged in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from people import PASSWORD, Person
from service import Service, serving
from wiring import open_up

NEW_PASSWORD = "une phrase toute neuve"
OLD, NEW = (secrets.token_hex(32) for _ in range(2))
#: Workers look at a file once a second at most.
NOTICED = 2.0


class Secrets:
    """The files that a service reads its secrets from."""

    def __init__(self, folder: Path) -> None:
        open_up(folder)
        self.jwt, self.pseudonyms = folder / "jwt", folder / "pseudonyms"
        self.put(self.jwt, OLD)
        self.put(self.pseudonyms, OLD[::-1])

    @staticmethod
    def put(file: Path, *values: str) -> None:
        """Puts another file in the place of the one that is there."""
        fresh = file.with_suffix(".new")
        fresh.write_text(",".join(values) + "\n")
        fresh.chmod(0o644)
        fresh.replace(file)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Secrets:
    """The files of the module's service."""
    return Secrets(tmp_path_factory.mktemp("secrets"))


@pytest.fixture(scope="module")
def service(binary: Path, files: Secrets) -> Iterator[Service]:
    """A service with several workers in each pool."""
    env = {"IRIS_JWT_SECRET_FILE": str(files.jwt), "IRIS_ANONYMISATION_KEY_FILE": str(files.pseudonyms)}
    with serving(binary, api=3, auth=2, chat=1, env=env) as service:
        yield service


def reset_token(service: Service, person: Person, secret: str) -> str:
    """What a mail to a person would hold if a worker whose first key this is had made it."""
    reset = uuid.uuid4()
    service.run(
        "INSERT INTO iris.password_resets (id, account_id, expires_at) VALUES (%s, %s, now() + interval '30 minutes')",
        str(reset), person.id)
    key = hmac.digest(secret.encode(), b"iris password reset", hashlib.sha256)
    code = hmac.digest(key, reset.bytes, hashlib.sha256)
    return base64.urlsafe_b64encode(reset.bytes + code).decode().rstrip("=")


def signed_with(token: str, secret: str) -> bool:
    signed, signature = token.rsplit(".", 1)
    code = hmac.digest(secret.encode(), signed.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(code).decode().rstrip("=") == signature


class Device:
    """Somebody who stays logged in by refreshing."""

    def __init__(self, person: Person) -> None:
        self.person, self.refresh_token, self.access_token = person, person.refresh_token, person.access_token

    def refresh(self) -> None:
        """Asks twice, as two tabs do: whichever workers answer, the child is the same."""
        answers = [
            self.person.http.post("/api/v1/auth/refresh", json={"refresh_token": self.refresh_token}) for _ in range(6)
        ]
        assert {answer.status_code for answer in answers} == {200}
        (self.refresh_token,) = {answer.json()["refresh_token"] for answer in answers}
        self.access_token = answers[-1].json()["access_token"]

    def is_in(self, token: str) -> bool:
        """Whether all workers take an access token."""
        headers = {"Authorization": f"Bearer {token}"}
        return {self.person.http.get("/api/v1/user/me", headers=headers).status_code for _ in range(9)} == {200}


def test_token_secrets_rotate_and_nobody_is_logged_out(service: Service, files: Secrets) -> None:
    device = Device(service.person())
    workers = service.server.pids("api")
    oldest = device.access_token
    mails = [reset_token(service, device.person, OLD) for _ in range(2)]
    for values in ((OLD, NEW), (NEW, OLD)):
        files.put(files.jwt, *values)
        # Not waited for: on the way from one step to the next, any two workers may have different first keys.
        for _ in range(4):
            device.refresh()
            assert device.is_in(oldest) and device.is_in(device.access_token)
            time.sleep(NOTICED / 4)
        device.refresh()
        assert signed_with(device.access_token, values[0])
    answer = device.person.http.post("/api/v1/auth/password/reset", json={"token": mails[0], "new_password": NEW_PASSWORD})
    assert answer.status_code == 204, answer.text
    again = service.http.post("/api/v1/auth/login", json={"email": device.person.email, "password": NEW_PASSWORD}).json()
    device.refresh_token, newest = again["refresh_token"], again["access_token"]

    files.put(files.jwt, NEW)
    time.sleep(NOTICED)
    device.refresh()
    assert device.is_in(newest) and device.is_in(device.access_token)
    gone = service.http.get("/api/v1/user/me", headers={"Authorization": f"Bearer {oldest}"})
    assert gone.json()["code"] == "invalid_token", "the old secret signs nothing any more"
    assert service.server.pids("api") == workers, "without restart"


def test_a_mail_from_before_a_rotation_opens_its_account_until_the_old_secret_is_gone(
    service: Service, files: Secrets
) -> None:
    files.put(files.jwt, NEW, OLD)
    time.sleep(NOTICED)
    person = service.person()
    for secret, status in ((OLD, 204), (NEW, 204), (secrets.token_hex(32), 401)):
        token = reset_token(service, person, secret)
        answer = service.http.post("/api/v1/auth/password/reset", json={"token": token, "new_password": NEW_PASSWORD})
        assert answer.status_code == status, answer.text
        again = service.http.post("/api/v1/auth/password/reset", json={"token": token, "new_password": PASSWORD})
        assert again.json()["code"] == "invalid_token"


def test_pseudonym_keys_rotate_and_part_the_events_before_from_those_after(service: Service, files: Secrets) -> None:
    person = service.person()

    def change(old: str, new: str) -> None:
        body = {"current_password": old, "new_password": new}
        assert person.send("POST", "/api/v1/auth/password", json=body).status_code == 204

    def pseudonym(key: str) -> str:
        return hmac.digest(key.encode(), f"user:{person.id}".encode(), hashlib.sha256).hex()[:32]

    change(PASSWORD, NEW_PASSWORD)
    files.put(files.pseudonyms, NEW[::-1], OLD[::-1])
    time.sleep(NOTICED)
    change(NEW_PASSWORD, PASSWORD)
    assert person.me().status_code == 200
    kinds = {key: [kind for kind, _ in service.events_of(pseudonym(key))] for key in (OLD[::-1], NEW[::-1])}
    assert all(kind.count("password_changed") == 1 for kind in kinds.values()), kinds
