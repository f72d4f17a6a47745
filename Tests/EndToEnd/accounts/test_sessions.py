"""Sessions as their owner sees them: many refreshes at once, a list, an end from afar, another password."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
from people import PASSWORD, Person, rows
from psycopg2.extensions import connection as Connection

NEW_PASSWORD = "une phrase toute neuve"
AT_ONCE = 200


def refresh(http: httpx.Client, token: str) -> httpx.Response:
    return http.post("/api/v1/auth/refresh", json={"refresh_token": token})


def login(person: Person, password: str = PASSWORD, device: str = "Téléphone") -> httpx.Response:
    headers = {"User-Agent": device.encode()}
    return person.http.post("/api/v1/auth/login", json={"email": person.email, "password": password}, headers=headers)


def me(person: Person, token: str) -> str:
    answer = person.http.get("/api/v1/user/me", headers={"Authorization": f"Bearer {token}"})
    return "ok" if answer.status_code == 200 else answer.json()["code"]


def replays(database: Connection) -> int:
    return rows(database, "SELECT count(*) FROM iris.iris_events WHERE event_type = 'refresh_replayed'")[0][0]


def test_two_hundred_refreshes_at_once_are_one_rotation(person: Person, database: Connection) -> None:
    limits = httpx.Limits(max_connections=None)
    with (
        httpx.Client(base_url=str(person.http.base_url), timeout=30, trust_env=False, limits=limits) as http,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        answers = list(pool.map(lambda _: refresh(http, person.refresh_token), range(AT_ONCE)))
    assert {answer.status_code for answer in answers} == {200}
    (child,) = {answer.json()["refresh_token"] for answer in answers}
    tokens = "SELECT count(*) FROM iris.refresh_tokens t JOIN iris.sessions s ON s.id = t.session_id WHERE s.account_id = %s"
    assert rows(database, tokens, person.id) == [(2,)]
    assert {me(person, answer.json()["access_token"]) for answer in answers[::20]} == {"ok"}

    before = replays(database)
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE iris.refresh_tokens t SET used_at = used_at - interval '10 s' FROM iris.sessions s "
            "WHERE s.id = t.session_id AND s.account_id = %s", (person.id,))
    assert refresh(person.http, person.refresh_token).json()["code"] == "invalid_token"
    assert refresh(person.http, child).json()["code"] == "invalid_token"
    assert me(person, answers[0].json()["access_token"]) == "session_revoked"
    assert replays(database) == before + 1


def test_a_session_is_seen_and_ended_from_another(person: Person) -> None:
    other = login(person).json()
    listed = person.send("GET", "/api/v1/auth/sessions").json()
    assert listed["next_cursor"] is None
    phone, here = listed["items"]
    assert (phone["device"], phone["current"], here["current"]) == ("Téléphone", False, True)
    assert set(here) == {"id", "created_at", "last_used_at", "expires_at", "device", "current"}
    assert person.send("DELETE", f"/api/v1/auth/sessions/{phone['id']}").status_code == 204
    assert me(person, other["access_token"]) == "session_revoked"
    assert refresh(person.http, other["refresh_token"]).status_code == 401
    assert person.send("DELETE", f"/api/v1/auth/sessions/{phone['id']}").status_code == 404
    assert [item["id"] for item in person.send("GET", "/api/v1/auth/sessions").json()["items"]] == [here["id"]]


def test_the_id_of_a_session_is_in_no_log(iris, person: Person) -> None:
    (here,) = person.send("GET", "/api/v1/auth/sessions").json()["items"]
    assert person.send("DELETE", f"/api/v1/auth/sessions/{here['id']}").status_code == 204
    logs = "\n".join(path.read_text(errors="replace") for path in iris.log_dir.iterdir())
    assert here["id"] not in logs and "/api/v1/auth/sessions/*" in logs


def test_another_password_ends_the_other_sessions(person: Person) -> None:
    other = login(person).json()
    wrong = {"current_password": "pas celle-ci", "new_password": NEW_PASSWORD}
    assert person.send("POST", "/api/v1/auth/password", json=wrong).json()["code"] == "invalid_credentials"
    right = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert person.send("POST", "/api/v1/auth/password", json=right).status_code == 204
    assert me(person, other["access_token"]) == "session_revoked"
    assert person.me().status_code == 200 and refresh(person.http, person.refresh_token).status_code == 200
    assert login(person, NEW_PASSWORD).status_code == 200


def test_a_forgotten_password_is_answered_alike_for_everyone(person: Person) -> None:
    def ask(email: str) -> tuple[int, bytes, list[str]]:
        answer = person.http.post("/api/v1/auth/password/forgot", json={"email": email})
        return answer.status_code, answer.content, sorted(answer.headers)

    assert ask(person.email) == ask("personne@example.org")
    assert ask(person.email)[:2] == (202, b"")
    assert person.http.post("/api/v1/auth/password/forgot", json={"email": "?"}).status_code == 422
