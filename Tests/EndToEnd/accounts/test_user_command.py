"""`iris-fcgi user`: what an operator decides takes effect at a user's next request."""

from __future__ import annotations

import json
import os
import pty
import shlex
import stat
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from devserver import DevServer
from people import PASSWORD, Person, new_email


def user(iris: DevServer, *words: str) -> str:
    """A command that must succeed, and what it says."""
    done = iris.command("user", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def login(person: Person) -> httpx.Response:
    return person.http.post("/api/v1/auth/login", json={"email": person.email, "password": PASSWORD})


def test_a_disabled_user_is_refused_until_enabled(iris: DevServer, person: Person) -> None:
    assert "account_disabled" in user(iris, "disable", person.email)
    assert (person.me().status_code, person.me().json()["code"]) == (403, "account_disabled")
    assert (login(person).status_code, login(person).json()["code"]) == (403, "account_disabled")
    user(iris, "enable", person.id)
    assert person.me().status_code == 200


def test_a_session_that_is_ended_is_refused(iris: DevServer, person: Person) -> None:
    other = login(person).json()["access_token"]
    sessions = json.loads(user(iris, "sessions", person.email, "--json"))
    assert len(sessions) == 2 and all(session["device"].startswith("python-httpx") for session in sessions)
    # Used last first.
    user(iris, "sessions", person.email, "--end", sessions[0]["id"])
    ended = person.http.get("/api/v1/user/me", headers={"Authorization": f"Bearer {other}"})
    assert (ended.status_code, ended.json()["code"]) == (401, "session_revoked")
    assert person.me().status_code == 200
    assert user(iris, "sessions", person.email, "--end-all").endswith(": 1 session ended\n")
    assert person.me().json()["code"] == "session_revoked"


def test_a_beta_grant_holds_to_the_end_of_its_last_day(iris: DevServer, person: Person) -> None:
    today = datetime.now(ZoneInfo("Europe/Paris")).date()
    user(iris, "beta", person.email, "--until", str(today))
    assert (person.me().json()["tier"], person.me().json()["beta_until"]) == ("premium", str(today))
    user(iris, "beta", person.email, "--until", str(today - timedelta(days=1)))
    assert person.me().json()["tier"] == "free"
    user(iris, "beta", person.email, "--none")
    assert person.me().json()["beta_until"] is None


def test_an_export_in_a_file_is_its_owners_alone(iris: DevServer, person: Person, tmp_path: Path) -> None:
    printed = json.loads(user(iris, "export", person.email))
    assert printed["user"]["id"] == person.id and len(printed["sessions"]) == 1
    target = tmp_path / "export.json"
    user(iris, "export", person.id, "--output", str(target))
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert json.loads(target.read_text())["user"] == printed["user"]
    assert iris.command("user", "export", person.id, "--output", "/nonexistent/x").returncode == 1


def test_half_an_export_is_a_failure(iris: DevServer, person: Person) -> None:
    script = f". {shlex.quote(str(iris.directory / 'env'))} && exec iris-fcgi user export {person.id} >/dev/full"
    done = subprocess.run(
        ["/bin/sh", "-c", script], capture_output=True, text=True, timeout=30, check=False,
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
    )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1) and "cannot be written" in done.stderr


def test_an_erased_user_is_gone(iris: DevServer, person: Person) -> None:
    refused = iris.command("user", "erase", person.email)
    assert refused.returncode == 2 and "--yes" in refused.stderr
    assert person.me().status_code == 200
    assert user(iris, "erase", person.email, "--yes") == f"erased {person.email}\n"
    assert (person.me().status_code, login(person).status_code) == (401, 401)
    for command in (("show",), ("erase", "--yes"), ("export",), ("sessions",)):
        done = iris.command("user", command[0], person.email, *command[1:])
        assert (done.returncode, done.stdout) == (1, ""), command


@pytest.mark.parametrize(("answer", "code", "status"), [("n", 1, 200), ("y", 0, 401)])
def test_a_person_at_a_terminal_is_asked(
    iris: DevServer, person: Person, answer: str, code: int, status: int
) -> None:
    ours, theirs = pty.openpty()
    script = f'. {shlex.quote(str(iris.directory / "env"))} && exec iris-fcgi user erase "$0"'
    process = subprocess.Popen(
        ["/bin/sh", "-c", script, person.email], stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={"PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    os.write(ours, answer.encode() + b"\n")
    _, errors = process.communicate(timeout=20)
    os.close(ours)
    os.close(theirs)
    assert f"Erase {person.email}, id {person.id}".encode() in errors
    assert (process.returncode, person.me().status_code) == (code, status)


def test_an_account_of_the_command_line_is_an_event(iris: DevServer, database) -> None:
    email = new_email()
    made = iris.command("user", "add", email, "--tier", "premium", "--password-stdin", "--json", stdin=PASSWORD + "\n")
    assert made.returncode == 0, made.stderr
    with database.cursor() as cursor:
        cursor.execute("SELECT event_type FROM iris.iris_events WHERE metadata->>'origin' = 'command_line'")
        assert cursor.fetchall()[-1] == ("account_created",)
        cursor.execute("SELECT count(*) FROM iris.iris_events WHERE user_id LIKE %s", (f"%{json.loads(made.stdout)['id']}%",))
        assert cursor.fetchone() == (0,)
