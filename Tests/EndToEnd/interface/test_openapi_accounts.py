"""docs/openapi.yaml beside the answers about accounts: sessions, passwords, the user's own data, the unified backend."""

from __future__ import annotations

import httpx
from openapi import Description
from people import PASSWORD, Person, new_email, register
from psycopg2.extensions import connection as Connection
from service import Service

ME = "/api/v1/user/me"
EXPORT = "/api/v1/user/export"
AUTH = "/api/v1/auth"
LOGINS = f"{AUTH}/sessions"
USER = "/api/v1/internal/users/5f0c9a52-2b8e-4a1c-9d67-3e1b7c44aa10"
OTHER = "une autre phrase, plus longue"


def answered(api: Description, wanted: list[tuple[httpx.Response, int]]) -> None:
    """Every answer is as described, and has its status."""
    assert [api.check(answer).status_code for answer, _ in wanted] == [status for _, status in wanted]


def test_accounts(api: Description, client: httpx.Client) -> None:
    """From registration to logout, with what can be refused on the way."""
    given = {"email": new_email(), "password": PASSWORD, "name": "Léa"}
    opened = api.check(client.post(f"{AUTH}/register", json=given)).json()
    wanted = [
        (client.post(f"{AUTH}/register", json=given), 409),
        (client.post(f"{AUTH}/register", json={"email": "x", "password": "12345678", "name": 7}), 422),
        (client.post(f"{AUTH}/login", json=given), 200),
        (client.post(f"{AUTH}/login", json={**given, "password": "autre chose"}), 401),
        (client.post(f"{AUTH}/refresh", json={"refresh_token": opened["refresh_token"]}), 200),
        (client.post(f"{AUTH}/refresh", json={"refresh_token": "x"}), 401),
        (client.post(f"{AUTH}/logout", headers={"Authorization": f"Bearer {opened['access_token']}"}), 204),
        (client.get(ME, headers={"Authorization": f"Bearer {opened['access_token']}"}), 401),
        (client.get(ME), 401),
    ]
    assert [api.check(answer).status_code for answer, _ in wanted] == [status for _, status in wanted]


def test_the_profile(api: Description, person: Person, database: Connection) -> None:
    """Full, partly cleared, refused."""
    full = {"current_job": "Comptable", "experience_years": 12, "goals": "Travailler le bois", "region": "Bretagne"}
    for change in (full, {"goals": None}, {}):
        assert api.check(person.http.patch(ME, json=change, headers=person.headers)).status_code == 200
    assert api.check(person.me()).json()["goals"] is None
    bad = person.http.patch(ME, json={"experience_years": 81, "region": "x\x01", "name": ""}, headers=person.headers)
    assert api.check(bad).status_code == 422
    with database.cursor() as cursor:
        cursor.execute("UPDATE iris.accounts SET disabled_at = now() WHERE id = %s", (person.id,))
    assert api.check(person.me()).status_code == 403


def test_logins(api: Description, person: Person) -> None:
    """Listed, page by page, and ended: another one, then this one."""
    other = person.http.post(f"{AUTH}/login", json={"email": person.email, "password": PASSWORD}).json()
    first = api.check(person.send("GET", f"{LOGINS}?limit=1")).json()
    second = api.check(person.send("GET", LOGINS, params={"limit": 1, "cursor": first["next_cursor"]})).json()
    (current,) = [login for login in first["items"] + second["items"] if login["current"]]
    (elsewhere,) = [login for login in first["items"] + second["items"] if not login["current"]]
    answered(api, [
        (person.send("GET", f"{LOGINS}?limit=0&cursor=x"), 422),
        (person.send("DELETE", f"{LOGINS}/{elsewhere['id']}"), 204),
        (person.send("DELETE", f"{LOGINS}/{elsewhere['id']}"), 404),
        (register(person.http).send("DELETE", f"{LOGINS}/{current['id']}"), 404),
        (person.http.get(ME, headers={"Authorization": f"Bearer {other['access_token']}"}), 401),
        (person.send("DELETE", f"{LOGINS}/{current['id']}"), 204),
        (person.send("GET", LOGINS), 401),
    ])


def test_passwords(api: Description, person: Person) -> None:
    """Changed, forgotten, reset."""
    change = {"current_password": PASSWORD, "new_password": OTHER}
    answered(api, [
        (person.send("POST", f"{AUTH}/password", json={**change, "current_password": "autre chose"}), 401),
        (person.send("POST", f"{AUTH}/password", json={**change, "new_password": "court"}), 422),
        (person.send("POST", f"{AUTH}/password", json=change), 204),
        (person.http.post(f"{AUTH}/login", json={"email": person.email, "password": OTHER}), 200),
        (person.http.post(f"{AUTH}/password/forgot", json={"email": person.email}), 202),
        (person.http.post(f"{AUTH}/password/forgot", json={"email": new_email()}), 202),
        (person.http.post(f"{AUTH}/password/forgot", json={"email": "x"}), 422),
        (person.http.post(f"{AUTH}/password/reset", json={"token": "A" * 64, "new_password": OTHER}), 401),
        (person.http.post(f"{AUTH}/password/reset", json={"token": 1, "new_password": "12345678"}), 422),
    ])


def test_guessing(api: Description, person: Person) -> None:
    """Soon it has to wait."""
    guess = {"email": person.email, "password": "autre chose"}
    answers = [api.check(person.http.post(f"{AUTH}/login", json=guess)) for _ in range(10)]
    assert answers[0].status_code == 401 and answers[-1].json()["code"] == "login_throttled"


def test_erasure_and_export(api: Description, person: Person) -> None:
    """What is held, and that it goes."""
    person.share("cv", "Infirmière")
    person.chat()
    answered(api, [
        (person.send("GET", EXPORT), 200),
        (person.send("DELETE", ME), 422),
        (person.send("DELETE", ME, json={"password": "autre chose"}), 401),
        (person.send("DELETE", ME, json={"password": PASSWORD}), 204),
        (person.me(), 401),
    ])


def test_users_of_the_backend(api: Description, backed: Service, backend_token: str) -> None:
    """Made, changed, refused."""
    backend = {"Authorization": f"Bearer {backend_token}"}
    person = backed.person()

    def put(path: str = USER, headers: dict[str, str] = backend, **members: object) -> httpx.Response:
        return backed.http.put(path, headers=headers, json={"tier": "premium", **members})

    answered(api, [
        (put(email=new_email(), name="Léa"), 200),
        (put(tier="free", beta_until="2099-01-31", name=None), 200),
        (put(tier="gold", beta_until="2027-02-30", email="x", name=""), 422),
        (put(path="/api/v1/internal/users/a%20b"), 404),
        (put(headers=person.headers), 401),
        (backed.http.get(ME, headers=backend), 401),
    ])
