"""What people type and attackers send, wherever a text is taken: it comes back by the rules, or is refused by name.

The rules are written here a second time, from the API's description alone.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from fixtures import naughty_strings, needs_naughty_strings
from model_server import ModelServer
from people import new_email
from service import Service

pytestmark = needs_naughty_strings
ME = "/api/v1/user/me"
AUTH = "/api/v1/auth"
SESSIONS = "/api/v1/chat/sessions"
#: The longest text that each member of a profile takes.
PROFILE = {"name": 100, "current_job": 120, "target_job": 120, "sector": 120, "region": 120, "goals": 2_000}
#: No string may hold a worker up. Hashing a password takes some 25 ms of a machine that is not busy.
SECONDS = 10.0
AT_ONCE = 6


@pytest.fixture(scope="module")
def naughty(backed: Service) -> Iterator[Service]:
    """A service without limits, whose workers must live to the end."""
    workers = {pool: backed.server.pids(pool) for pool in ("api", "auth", "chat")}
    backed.http.event_hooks["response"] = [bounded]
    yield backed
    backed.http.event_hooks["response"] = []
    assert workers == {pool: backed.server.pids(pool) for pool in workers}, "a worker ended"


def bounded(answer: httpx.Response) -> None:
    """Fails on a fault, and on an answer that took long."""
    answer.read()
    assert answer.status_code < 500, answer.text
    assert answer.elapsed.total_seconds() < SECONDS, answer.request.content


def for_all(check: Callable[[str], Any]) -> list[Any]:
    """Runs a check for every string; what fails is told with its string."""

    def one(text: str) -> Any:
        try:
            return check(text)
        except AssertionError as error:
            raise AssertionError(f"{text!r}: {error}") from error

    texts = naughty_strings()
    assert len(texts) == 515
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, texts))


def is_control(character: str) -> bool:
    """C0 but tab and newline, and DEL."""
    return character < " " and character not in "\t\n" or character == "\x7f"


def has_controls(text: str) -> bool:
    """Whether a text is refused for them; CR LF is one line end."""
    return any(map(is_control, text.replace("\r\n", "\n")))


def kept(text: str) -> str:
    """The text as it is stored."""
    return unicodedata.normalize("NFC", "".join(c for c in text if not is_control(c))).strip()


def flaw(text: str, longest: int, shortest: int = 1) -> str | None:
    """The code of what is wrong with a text for people."""
    if has_controls(text):
        return "control_character"
    length = len(kept(text))
    return "too_short" if length < shortest else "too_long" if length > longest else None


def password_flaws(text: str) -> set[str | None]:
    """The codes that a new password may get; None: it is taken. Which ones are common is not looked up here."""
    if len(text) < 8:
        return {"too_short"}
    if len(text) > 128 or len(text.encode()) > 500:
        return {"too_long"}
    return {"control_character"} if "\0" in text else {None, "too_common"}


def flaws_of(answer: httpx.Response) -> dict[str, str]:
    """What a 422 says, by member."""
    return {error["pointer"].removeprefix("/"): error["code"] for error in answer.json().get("errors", [])}


def spellings(password: str) -> set[str]:
    """What a careless server would take for the same password."""
    forms = {unicodedata.normalize(form, password) for form in ("NFC", "NFD", "NFKC")}
    cut = password.encode()[:72].decode(errors="ignore")
    return {password.strip(), password.lower(), password.rstrip("\0"), cut, *forms} - {password}


def test_as_password_name_and_device(naughty: Service) -> None:
    """Registered and logged in with the very bytes, and with no other spelling of them."""

    def check(text: str) -> bool:
        email = new_email()
        given = {"email": email, "password": text, "name": text}
        as_header = text.strip(" \t") == text and not any(c < " " or c == "\x7f" for c in text)
        headers = {"User-Agent": text.encode()} if as_header and text else {}
        answer = naughty.http.post(f"{AUTH}/register", json=given, headers=headers)
        flaws = flaws_of(answer)
        assert flaws.get("password") in password_flaws(text) and flaws.get("name") == flaw(text, 100), flaws
        if flaws.get("name"):
            given = {"email": email, "password": text}
            answer = naughty.http.post(f"{AUTH}/register", json=given, headers=headers)
        if flaws.get("password"):
            assert answer.status_code == 422
            return False
        assert answer.status_code == 201, answer.text
        assert answer.json()["user"]["name"] == (kept(text) if "name" in given else None)
        if headers:
            assert device(naughty, answer.json()["access_token"]) == (kept(text)[:120] or None)
        for one, status in [(text, 200), *((other, 401) for other in spellings(text))]:
            assert naughty.http.post(f"{AUTH}/login", json={**given, "password": one}).status_code == status
        return True

    assert sum(for_all(check)) > 300


def device(service: Service, token: str) -> str | None:
    """How the list of logins names the client."""
    answer = service.http.get(f"{AUTH}/sessions", headers={"Authorization": f"Bearer {token}"})
    (login,) = answer.json()["items"]
    return login["device"]


def test_as_profile(naughty: Service) -> None:
    """Every member of it."""
    people = [naughty.person() for _ in range(AT_ONCE)]

    def check(text: str) -> None:
        person = people.pop()
        try:
            wrong = {name: code for name, longest in PROFILE.items() if (code := flaw(text, longest))}
            answer = person.send("PATCH", ME, json=dict.fromkeys(PROFILE, text))
            assert (answer.status_code, flaws_of(answer)) == (422 if wrong else 200, wrong)
            good = dict.fromkeys(PROFILE.keys() - wrong.keys(), text)
            assert person.send("PATCH", ME, json=good).status_code == 200
            profile = person.me().json()
            assert {name: profile[name] for name in good} == dict.fromkeys(good, kept(text))
        finally:
            people.append(person)

    for_all(check)


def is_readable(text: str) -> bool:
    """Whether there is anything to see in a message."""
    return any(unicodedata.category(c)[0] in "LMNPS" for c in text)


def is_plain(text: str) -> bool:
    """Whether a prompt has nothing to hide in it: no contacts, no marks, nothing invisible."""
    return text.isascii() and text.isprintable() and not any(c.isdigit() or c in "@<>[]{}|#:" for c in text)


def test_as_message(naughty: Service, session_model: ModelServer) -> None:
    """Stored, asked, and given back in the conversation; the title is its beginning."""
    person = naughty.person()

    def check(text: str) -> tuple[str, str] | None:
        wanted = kept(text)
        answer = person.chat(text)
        if not (wanted and is_readable(wanted) and len(wanted) <= 4_000):
            assert (answer.status_code, flaws_of(answer)) == (422, {"message": "too_short"})
            return None
        assert answer.status_code == 200, answer.text
        said = person.send("GET", f"{SESSIONS}/{answer.json()['session_id']}").json()
        assert said["messages"][0]["content"] == wanted
        assert len(said["title"]) <= 80 and said["title"].removesuffix("…") in " ".join(wanted.split())
        return text, wanted

    questions = [wanted for _, wanted in filter(None, for_all(check))]
    asked = {request["question"] for request in session_model.requests}
    plain = [question for question in questions if is_plain(question)]
    assert len(plain) > 50 and [question for question in plain if question not in asked] == []


def test_as_shared_context(naughty: Service) -> None:
    """As summary, and as value and name inside the data, which stay where and what they are."""
    people = [naughty.person() for _ in range(AT_ONCE)]

    def check(text: str) -> None:
        person = people.pop()
        try:
            shared = {"summary": text, "data": {"texts": [text], "names": {text: True}}}
            answer = person.send("PUT", "/api/v1/user/context/cv", json=shared)
            if has_controls(text):
                both = {"summary": "control_character", "data": "control_character"}
                assert (answer.status_code, flaws_of(answer)) == (422, both)
                return
            assert answer.status_code == 204, answer.text
            found = person.send("GET", "/api/v1/user/context/cv").json()
            assert found["summary"] == kept(text) and found["data"] == {"texts": [kept(text)], "names": {text: True}}
        finally:
            people.append(person)

    for_all(check)


def test_as_comment(naughty: Service) -> None:
    """On an answer."""
    people = [(person := naughty.person(), person.chat().json()) for _ in range(AT_ONCE)]

    def check(text: str) -> None:
        person, said = one = people.pop()
        try:
            comment = {"rating": 3, "comment": text}
            answer = person.send("PUT", f"/api/v1/chat/messages/{said['message_id']}/feedback", json=comment)
            if wrong := flaw(text, 1_000, shortest=0):
                assert (answer.status_code, flaws_of(answer)) == (422, {"comment": wrong})
                return
            found = person.send("GET", f"{SESSIONS}/{said['session_id']}").json()["messages"][1]["feedback"]
            assert (answer.status_code, found["comment"]) == (204, kept(text) or None)
        finally:
            people.append(one)

    for_all(check)
