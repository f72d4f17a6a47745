"""docs/openapi.yaml is sound, tells the routes that exist, and tells their answers as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from model_server import ModelServer
from openapi import METHODS, Description, codes_of, front_end_codes, program_codes, source
from people import Person, forget_the_minute, register
from psycopg2.extensions import connection as Connection

CHAT = "/api/v1/chat"
SESSIONS = f"{CHAT}/sessions"
CONTEXT = "/api/v1/user/context"
ME = "/api/v1/user/me"
EXPORT = "/api/v1/user/export"
AUTH = "/api/v1/auth"
LOGINS = f"{AUTH}/sessions"
INTERNAL = "/api/v1/internal/users"
#: On a listener of its own, so no part of this API; docs/operations.md tells it.
ELSEWHERE = {("GET", "/metrics")}
ROUTE = re.compile(r'Route\(\s*"([A-Z]+)", "([^"]+)"(.*?)handle:', re.DOTALL)
#: What a route answers when all is well, and the refusals that are its own.
OWN_STATUSES = {
    ("GET", "/health/live"): {200},
    ("GET", "/health"): {200},
    ("GET", "/api/v1/topics"): {200},
    ("POST", f"{AUTH}/register"): {201, 409},
    ("POST", f"{AUTH}/login"): {200, 401, 403},
    ("POST", f"{AUTH}/refresh"): {200, 401, 403},
    ("POST", f"{AUTH}/logout"): {204},
    ("GET", LOGINS): {200, 422},
    ("DELETE", f"{LOGINS}/{{id}}"): {204, 404},
    ("POST", f"{AUTH}/password"): {204},
    ("POST", f"{AUTH}/password/forgot"): {202},
    ("POST", f"{AUTH}/password/reset"): {204, 401, 403},
    ("GET", ME): {200},
    ("PATCH", ME): {200},
    ("DELETE", ME): {204},
    ("GET", EXPORT): {200},
    ("GET", "/api/v1/user/analytics"): {200, 422},
    ("GET", "/api/v1/metrics"): {200},
    ("POST", CHAT): {200, 404, 409},
    ("GET", SESSIONS): {200, 422},
    ("GET", f"{SESSIONS}/{{id}}"): {200, 404, 422},
    ("DELETE", f"{SESSIONS}/{{id}}"): {204, 404},
    ("PUT", f"{CHAT}/messages/{{id}}/feedback"): {204, 404},
    ("PUT", f"{CONTEXT}/{{app}}"): {204, 404},
    ("GET", f"{CONTEXT}/{{app}}"): {200, 404},
    ("DELETE", f"{CONTEXT}/{{app}}"): {204, 404},
    ("PUT", f"{INTERNAL}/{{external_id}}"): {200, 404},
}
#: On any route: nginx's limit by address, a fault, the service behind nginx away, a database away, too late.
SHARED_STATUSES = {429, 500, 502, 503, 504}


def routes() -> dict[tuple[str, str], set[int]]:
    """The route table's rows, each with the statuses that its access and body bring with them."""
    found: dict[tuple[str, str], set[int]] = {}
    for method, path, rest in ROUTE.findall(source("Sources/IrisFCGI/Routing/Route.swift")):
        if (method, path) in ELSEWHERE:
            continue
        statuses = set(SHARED_STATUSES)
        if "access: ." in rest:
            statuses |= {401, 403}
        if "bject(limit:" in rest:
            statuses |= {400, 413, 415, 422}
        found[(method, path)] = statuses
    return found


def nodes(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Every object of the description with the way to it, but nothing inside examples."""
    if isinstance(value, dict):
        yield path, value
        for name, member in value.items():
            if name not in ("example", "examples", "value") or path[-1:] == ("properties",):
                yield from nodes(member, (*path, str(name)))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from nodes(member, (*path, str(index)))


# The description in itself


def test_the_description_has_the_parts_that_openapi_demands(api: Description) -> None:
    """OpenAPI 3.1.0 §4.8: the fixed fields that are required, and no others where the set is closed."""
    document = api.document
    assert document["openapi"] == "3.1.0"
    assert {"title", "version"} <= set(document["info"])
    for item in document["paths"].values():
        assert set(item) <= {*METHODS, "parameters", "summary", "description"}
    tags = {tag["name"] for tag in document["tags"]}
    for where, operation in api.operations.items():
        assert {"operationId", "summary", "tags", "responses"} <= set(operation), where
        assert set(operation["tags"]) <= tags, where
        for security in operation.get("security", document["security"]):
            assert set(security) <= set(document["components"]["securitySchemes"]), where
        for response in operation["responses"].values():
            assert api.resolve(response)["description"], where
    names = [operation["operationId"] for operation in api.operations.values()]
    assert len(set(names)) == len(names)


def test_every_reference_leads_somewhere_and_every_component_is_used(api: Description) -> None:
    """A renamed component leaves neither a dead end nor a leftover."""
    used = {node["$ref"] for _, node in nodes(api.document) if "$ref" in node}
    for reference in used:
        assert api.resolve({"$ref": reference})
    for kind in ("headers", "parameters", "responses", "schemas"):
        assert {f"#/components/{kind}/{name}" for name in api.document["components"][kind]} <= used


def test_every_schema_is_json_schema(api: Description) -> None:
    """OpenAPI 3.1 schemas are those of JSON Schema 2020-12."""
    checked = 0
    for path, node in nodes(api.document):
        if path[-1:] == ("schema",) or path[:2] == ("components", "schemas") and len(path) == 3:
            Draft202012Validator.check_schema(node)
            checked += 1
    assert checked > 40


def test_every_required_member_is_told(api: Description) -> None:
    """A typing error in `required` would demand a member that nobody sends."""
    for path, node in nodes(api.document["components"]["schemas"]):
        if "required" in node and node.get("type") == "object":
            assert set(node["required"]) <= set(node["properties"]), path


def test_every_example_fits_its_schema(api: Description) -> None:
    """What people copy must work."""
    checked = 0
    for path, node in nodes(api.document):
        if "schema" not in node:
            continue
        values = [example["value"] for example in node.get("examples", {}).values()]
        for value in [*values, *([node["example"]] if "example" in node else [])]:
            assert not api.schema_errors(node["schema"], value), (path, value)
            checked += 1
    assert checked > 25


# The description beside the sources


def test_the_routes_and_their_statuses_are_those_of_the_route_table(api: Description) -> None:
    """Whoever adds a route tells it here and there."""
    table = routes()
    assert set(table) == set(api.operations) == set(OWN_STATUSES)
    for route, operation in api.operations.items():
        told = {int(status) for status in operation["responses"] if status != "default"}
        assert told == table[route] | OWN_STATUSES[route], route


def test_security_is_that_of_the_route_table(api: Description) -> None:
    """An open route says so, the backend's need its token, every other the access token."""
    access = dict.fromkeys(routes(), "open")
    for method, path, rest in ROUTE.findall(source("Sources/IrisFCGI/Routing/Route.swift")):
        access[(method, path)] = "".join(re.findall(r"access: \.(\w+)", rest)) or "open"
    wanted = {"open": [], "account": [{"accessToken": []}], "service": [{"serviceToken": []}]}
    for route, operation in api.operations.items():
        assert operation.get("security", api.document["security"]) == wanted[access[route]], route


def test_the_codes_are_those_of_the_program_and_of_nginx(api: Description) -> None:
    """The list is closed: clients may switch over it."""
    told = api.document["components"]["schemas"]["ProblemCode"]["enum"]
    assert told == sorted(told)
    assert set(told) == set(program_codes()) | {code for code, _ in front_end_codes()}


def test_every_code_stands_under_its_status(api: Description) -> None:
    """The program's switch and nginx's map say which status a code has."""
    known = set(program_codes().items()) | front_end_codes()
    for route, operation in api.operations.items():
        for status, response in operation["responses"].items():
            codes = codes_of(api, response)
            assert (codes != set()) == (status == "default" or int(status) >= 400), (route, status)
            if status != "default":
                assert {(code, int(status)) for code in codes} <= known, (route, status)


def test_the_version_is_the_programs(api: Description) -> None:
    """One number for the release."""
    (number,) = re.findall(r'number = "([^"]+)"', source("Sources/IrisFCGI/Operations/Version.swift"))
    assert api.document["info"]["version"] == number


# The description beside the answers


@pytest.mark.parametrize("path", ["/health", "/health/live", "/api/v1/topics", "/api/v1/metrics"])
def test_open_answers(api: Description, client: httpx.Client, path: str) -> None:
    """What needs no account."""
    assert api.check(client.get(path)).status_code == 200


@pytest.mark.parametrize("scenario", ["ok", "truncated", "block_prompt", "overloaded"])
@pytest.mark.parametrize("tier", ["free", "premium"])
def test_chat_answers(
    api: Description, person: Person, model: ModelServer, database: Connection, scenario: str, tier: str
) -> None:
    """Each way in which a chat ends well."""
    with database.cursor() as cursor:
        cursor.execute("UPDATE iris.accounts SET tier = %s WHERE id = %s", (tier, person.id))
    model.scenario({"name": scenario})
    answer = api.check(person.chat())
    assert answer.status_code == 200
    assert (answer.json()["usage"]["daily_limit"] is None) == (tier == "premium")


def test_chat_refusals(api: Description, person: Person, model: ModelServer, database: Connection) -> None:
    """What a chat can be refused for, in both languages."""
    ask = {"url": CHAT, "headers": {**person.headers, "Content-Type": "application/json", "Accept-Language": "en"}}
    wanted = [
        (person.http.post(**ask, content=b"{"), 400),
        (person.http.post(**ask, content=b'{"message":"' + b"x" * 66_000 + b'"}'), 413),
        (person.http.post(**ask, content=b'{"message":"' + b"x" * 80_000 + b'"}'), 413),
        (person.http.post(CHAT, content=b"message=x", headers=person.headers), 415),
        (person.chat("", session_id="x", app_context="A B"), 422),
        (person.chat(session_id=register(person.http).chat().json()["session_id"]), 404),
    ]
    assert [api.check(answer).status_code for answer, _ in wanted] == [status for _, status in wanted]
    answers = [api.check(person.chat()) for _ in range(4)]
    assert answers[-1].json()["code"] == "rate_limited" and "RateLimit" in answers[-1].headers
    with database.cursor() as cursor:
        cursor.execute("UPDATE iris.user_daily_usage SET message_count = 10 WHERE user_id = %s", (person.id,))
    forget_the_minute(database, person)
    assert api.check(person.chat()).json()["code"] == "daily_quota_exceeded"


@pytest.mark.parametrize("scenario", ["ok", "truncated", "block_prompt", "overloaded"])
def test_conversations(api: Description, person: Person, model: ModelServer, scenario: str) -> None:
    """Listed, read, judged and deleted, with what can be refused."""
    model.scenario({"name": scenario})
    said = person.chat().json()
    person.chat()
    one, feedback = f"{SESSIONS}/{said['session_id']}", f"{CHAT}/messages/{said['message_id']}/feedback"
    wanted = [
        (person.send("GET", SESSIONS), 200),
        (person.send("GET", f"{SESSIONS}?limit=1"), 200),
        (person.send("GET", f"{SESSIONS}?limit=0&cursor=x&cursor=%zz"), 422),
        (person.send("PUT", feedback, json={"rating": 4, "comment": "Merci"}), 204),
        (person.send("PUT", feedback, json={"rating": 6}), 422),
        (person.send("PUT", f"{CHAT}/messages/{said['session_id']}/feedback", json={"rating": 4}), 404),
        (person.send("GET", one), 200),
        (person.send("GET", f"{one}?limit=1"), 200),
        (person.send("GET", f"{one}?cursor=%zz"), 422),
        (person.send("DELETE", one), 204),
        (person.send("DELETE", one), 404),
        (person.send("GET", one), 404),
    ]
    assert [api.check(answer).status_code for answer, _ in wanted] == [status for _, status in wanted]


def test_contexts(api: Description, person: Person) -> None:
    """Kept, read, taken back, refused."""
    one = f"{CONTEXT}/cv"
    full = {"summary": "Infirmière", "data": {"langues": ["fr"], "profond": {"n": 1}}}
    wanted = [
        (person.send("GET", one), 404),
        (person.send("PUT", one, json=full), 204),
        (person.send("GET", one), 200),
        (person.send("PUT", one, json={}), 204),
        (person.send("GET", one), 200),
        (person.send("PUT", one, json={"summary": 1, "data": {"x": "\x01"}}), 422),
        (person.send("PUT", one, json={"summary": "x" * 17_000}), 413),
        (person.send("PUT", f"{CONTEXT}/CV", json=full), 404),
        (person.send("DELETE", one), 204),
        (person.send("DELETE", one), 404),
    ]
    assert [api.check(answer).status_code for answer, _ in wanted] == [status for _, status in wanted]
