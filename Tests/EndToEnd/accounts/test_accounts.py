"""Accounts, first half: sign up, log in, refresh, log out, the profile and the command line."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from people import PASSWORD, Person, new_email, register, rows
from psycopg2.extensions import connection as Connection


def test_register_gives_a_session(client: httpx.Client) -> None:
    email = new_email().upper()
    answer = client.post("/api/v1/auth/register", json={"email": email, "password": PASSWORD, "name": "Zoé"})
    body = answer.json()
    assert answer.status_code == 201
    assert set(body) == {"user", "access_token", "token_type", "expires_in", "refresh_token"}
    assert (body["token_type"], body["expires_in"]) == ("bearer", 900)
    assert body["user"]["email"] == email.lower() and body["user"]["tier"] == "free" and body["user"]["name"] == "Zoé"
    assert set(body["user"]) == {
        "id", "email", "name", "tier", "beta_until", "created_at", "current_job", "target_job", "sector",
        "experience_years", "region", "goals"}


def test_an_address_has_one_account(person: Person) -> None:
    answer = person.http.post("/api/v1/auth/register", json={"email": person.email.title(), "password": PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")


def test_hashes_are_yescrypt_and_tokens_are_not_stored(person: Person, database: Connection) -> None:
    ((stored,),) = rows(database, "SELECT password_hash FROM iris.accounts WHERE id = %s", person.id)
    assert stored.startswith("$y$")
    dump = json.dumps(rows(database, "SELECT encode(token_hash, 'hex') FROM iris.refresh_tokens"))
    assert person.refresh_token not in dump


@pytest.mark.parametrize("email", ["inconnue@example.org", None, "pas une adresse"])
def test_wrong_credentials_are_all_alike(person: Person, email: str | None) -> None:
    answer = person.http.post("/api/v1/auth/login", json={"email": email or person.email, "password": "faux" * 3})
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")


@pytest.mark.parametrize("password", ["azertyuiop", "Password123", "motdepasse"])
def test_common_passwords_are_refused(client: httpx.Client, password: str) -> None:
    answer = client.post("/api/v1/auth/register", json={"email": new_email(), "password": password})
    assert answer.json()["errors"][0]["code"] == "too_common"


@pytest.mark.parametrize("password", ["  espaces gardés  ", "é" * 128, "𝒫𝒶𝓈𝓈𝓌ℴ𝓇𝒹✨", "a\u0301b\u0301cdefgh"])
def test_passwords_are_taken_verbatim(client: httpx.Client, password: str) -> None:
    email = new_email()
    assert client.post("/api/v1/auth/register", json={"email": email, "password": password}).status_code == 201
    assert client.post("/api/v1/auth/login", json={"email": email, "password": password}).status_code == 200
    other = client.post("/api/v1/auth/login", json={"email": email, "password": password.strip() + "x"})
    assert other.status_code == 401


def refresh(person: Person, token: str) -> httpx.Response:
    return person.http.post("/api/v1/auth/refresh", json={"refresh_token": token})


def test_refresh_rotates_and_a_replay_ends_the_family(person: Person) -> None:
    child = refresh(person, person.refresh_token).json()
    assert refresh(person, person.refresh_token).json()["refresh_token"] == child["refresh_token"]
    grandchild = refresh(person, child["refresh_token"])
    assert grandchild.status_code == 200
    assert refresh(person, person.refresh_token).json()["code"] == "invalid_token"
    assert refresh(person, grandchild.json()["refresh_token"]).json()["code"] == "invalid_token"
    assert person.me().json()["code"] == "session_revoked"


def test_refreshes_at_once_get_the_same_child(person: Person, database: Connection) -> None:
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: refresh(person, person.refresh_token), range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    count = "SELECT count(*) FROM iris.refresh_tokens t JOIN iris.sessions s ON s.id = t.session_id WHERE s.account_id = %s"
    assert rows(database, count, person.id) == [(2,)]


def test_logout_everywhere(person: Person) -> None:
    other = person.http.post("/api/v1/auth/login", json={"email": person.email, "password": PASSWORD}).json()
    answer = person.http.post("/api/v1/auth/logout", json={"everywhere": True}, headers=person.headers)
    assert answer.status_code == 204 and answer.content == b""
    for token in (person.access_token, other["access_token"]):
        answer = person.http.get("/api/v1/user/me", headers={"Authorization": f"Bearer {token}"})
        assert answer.json()["code"] == "session_revoked"


def test_profile_changes_member_by_member(person: Person) -> None:
    def patch(**members: object) -> dict:
        answer = person.http.patch("/api/v1/user/me", json=members, headers=person.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    assert patch(current_job="Professeure", experience_years=12)["experience_years"] == 12
    assert patch(target_job="Développeuse")["current_job"] == "Professeure"
    assert patch(current_job=None)["current_job"] is None
    assert person.me().json()["target_job"] == "Développeuse"


def test_fifty_logins_at_once(person: Person) -> None:
    with ThreadPoolExecutor(50) as pool:
        jobs = [
            pool.submit(person.http.post, "/api/v1/auth/login", json={"email": person.email, "password": PASSWORD})
            for _ in range(50)
        ]
    assert {job.result().status_code for job in jobs} == {200}


def test_accounts_by_command(iris, client: httpx.Client) -> None:
    email = new_email()
    made = iris.command(
        "user", "add", email, "--name", "Ada", "--tier", "premium", "--password-stdin", "--json", stdin=PASSWORD + "\n")
    assert made.returncode == 0, made.stderr
    login = client.post("/api/v1/auth/login", json={"email": email, "password": PASSWORD})
    assert login.json()["user"]["tier"] == "premium"
    assert iris.command("user", "tier", email, "free").returncode == 0
    assert json.loads(iris.command("user", "show", email, "--json").stdout)["tier"] == "free"
    assert email in iris.command("user", "list").stdout
    assert iris.command("user", "show", "personne@example.org").returncode == 1
    assert iris.command("user", "tier", email, "gold").returncode == 2


def test_a_new_registration_is_a_new_person(client: httpx.Client) -> None:
    assert register(client).id != register(client).id
