"""Users of the API, as tests play them."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass, field
from typing import Any

import httpx
from psycopg2.extensions import connection as Connection

PASSWORD = "une phrase assez longue"
_numbers = itertools.count(1)


def new_email() -> str:
    """An address that no other test uses."""
    return f"personne{next(_numbers)}.{os.getpid()}@example.org"


@dataclass
class Person:
    """An account that is logged in."""

    http: httpx.Client
    email: str
    user: dict[str, Any]
    access_token: str
    refresh_token: str
    headers: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.headers = {"Authorization": f"Bearer {self.access_token}"}

    @property
    def id(self) -> str:
        """The account's id."""
        return str(self.user["id"])

    def chat(self, message: str = "Comment réussir mon CV en 2026 ?", **members: Any) -> httpx.Response:
        """Asks Alessio. The digits of the usual question keep its answer out of the answer cache."""
        return self.http.post("/api/v1/chat", json={"message": message, **members}, headers=self.headers)

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Any request as this person."""
        return self.http.request(method, path, headers={**self.headers, **options.pop("headers", {})}, **options)

    def tell(self, **profile: Any) -> None:
        """Fills in the person's profile."""
        self.http.patch("/api/v1/user/me", json=profile, headers=self.headers).raise_for_status()

    def share(self, app: str, summary: str, **data: Any) -> None:
        """What another app stores about the person."""
        context = {"summary": summary, "data": data}
        self.http.put(f"/api/v1/user/context/{app}", json=context, headers=self.headers).raise_for_status()

    def me(self) -> httpx.Response:
        """Asks who this is."""
        return self.http.get("/api/v1/user/me", headers=self.headers)


def register(http: httpx.Client, **members: Any) -> Person:
    """Makes an account of its own for a test."""
    email = members.pop("email", None) or new_email()
    answer = http.post("/api/v1/auth/register", json={"email": email, "password": PASSWORD, **members})
    assert answer.status_code == 201, answer.text
    body = answer.json()
    return Person(http, email, body["user"], body["access_token"], body["refresh_token"])


def rows(database: Connection, sql: str, *parameters: object) -> list[tuple]:
    """What a query gives."""
    with database.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def forget_the_minute(database: Connection, person: Person) -> None:
    """Starts the person's minute afresh."""
    with database.cursor() as cursor:
        cursor.execute("DELETE FROM iris.user_minute_usage WHERE user_id = %s", (person.id,))
