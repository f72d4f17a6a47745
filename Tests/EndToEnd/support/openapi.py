"""docs/openapi.yaml as tests read it: references resolved, schemas closed, answers held against it."""

from __future__ import annotations

import copy
import re
import sys
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import yaml
from jsonschema import Draft202012Validator, FormatChecker, RefResolver, ValidationError, validators

PROJECT = Path(__file__).resolve().parents[3]
METHODS = ("get", "put", "post", "delete", "patch")
Operation = dict[str, Any]


@cache
def of_category(letter: str) -> str:
    """The characters of a general category of Unicode, as they stand in a set of a regular expression."""
    return re.escape("".join(c for c in map(chr, range(sys.maxunicode)) if unicodedata.category(c)[0] == letter))


def pattern(_: Any, expression: str, value: Any, __: Any) -> Iterator[ValidationError]:
    """JSON Schema's keyword with ECMA-262's `\\p{L}`, which Python's expressions do not have."""
    expression = re.sub(r"\\p\{(\w)\}", lambda found: of_category(found[1]), expression)
    if isinstance(value, str) and not re.search(expression, value):
        yield ValidationError(f"{value!r} does not match {expression[:80]!r}")


Validator = validators.extend(Draft202012Validator, {"pattern": pattern})


class Description:
    """The API's description. Its objects are closed here: a member that it does not tell is a fault of either side."""

    def __init__(self) -> None:
        self.document: dict[str, Any] = yaml.safe_load((PROJECT / "docs" / "openapi.yaml").read_text(encoding="utf-8"))
        self._closed = copy.deepcopy(self.document)
        for schema in self._closed["components"]["schemas"].values():
            if schema.get("type") == "object":
                schema.setdefault("additionalProperties", False)

    @property
    def operations(self) -> dict[tuple[str, str], Operation]:
        """By method in capitals and path."""
        return {
            (method.upper(), path): operation
            for path, item in self.document["paths"].items()
            for method, operation in item.items()
            if method in METHODS
        }

    def resolve(self, node: dict[str, Any]) -> dict[str, Any]:
        """The object behind a reference within the document, or the node itself."""
        while "$ref" in node:
            target: Any = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = target
        return node

    def schema_errors(self, schema: dict[str, Any], value: Any) -> list[str]:
        """What is wrong with a value, with the place of each fault."""
        resolver = RefResolver("", self._closed)
        validator = Validator(schema, resolver=resolver, format_checker=FormatChecker())
        return [f"/{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in validator.iter_errors(value)]

    def response(self, method: str, path: str, status: int) -> dict[str, Any]:
        """What the description says of an answer."""
        responses = self.operations[(method, path)]["responses"]
        assert str(status) in responses, f"{method} {path} answered {status}, which is not described"
        return self.resolve(responses[str(status)])

    def check(self, answer: httpx.Response) -> httpx.Response:
        """Fails unless status, header fields, type and body of an answer are as described."""
        where = (answer.request.method, self._template(answer.request.url.path))
        described = self.response(*where, answer.status_code)
        self._check_headers(described, answer, where)
        content = described.get("content")
        if content is None:
            assert answer.content == b"", where
            return answer
        kind = answer.headers["Content-Type"]
        assert kind in content, f"{where}: {kind} is not described"
        faults = self.schema_errors(content[kind]["schema"], answer.json())
        assert not faults, (*where, answer.status_code, faults, answer.text)
        return answer

    def _template(self, path: str) -> str:
        """The described path that a path is one of; literal ones come first."""
        if path in self.document["paths"]:
            return path
        for template in self.document["paths"]:
            if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)), path):
                return str(template)
        return path

    def _check_headers(self, described: dict[str, Any], answer: httpx.Response, where: tuple[str, str]) -> None:
        for name, node in described.get("headers", {}).items():
            header = self.resolve(node)
            value = answer.headers.get(name)
            assert value is not None or not header.get("required"), f"{where}: {name} is missing"
            if value is not None:
                faults = self.schema_errors(header["schema"], value)
                assert not faults, (*where, name, faults)


def codes_of(description: Description, response: dict[str, Any]) -> set[str]:
    """The problem codes that one described answer may carry."""
    media = description.resolve(response).get("content", {}).get("application/problem+json")
    if media is None:
        return set()
    schema = description.resolve(media["schema"])
    code = schema["allOf"][1]["properties"]["code"]
    return set(code["enum"]) if "enum" in code else {code["const"]}


def source(path: str) -> str:
    """A file of the project."""
    return (PROJECT / path).read_text(encoding="utf-8")


def program_codes() -> dict[str, int]:
    """Code and status of every problem that the program knows, from HTTP/Problem.swift."""
    text = source("Sources/IrisFCGI/HTTP/Problem.swift")
    kinds = text.split("enum Kind: String")[1].split("\n  }")[0]
    names = {name: given or name for name, given in re.findall(r'case (\w+)(?: = "(\w+)")?', kinds)}
    statuses = text.split("var status: Int {")[1].split("\n  }")[0]
    return {
        names[name]: int(status)
        for cases, status in re.findall(r"case ([.\w, ]+): (\d{3})", statuses)
        for name in re.findall(r"\.(\w+)", cases)
    }


def front_end_codes() -> set[tuple[str, int]]:
    """The same for nginx, from its map of statuses; 500 is its default."""
    block = source("deploy/nginx/iris-maps.conf").split("map $status $iris_problem_code {")[1].split("}")[0]
    return {(code, int(status)) for status, code in re.findall(r"(\d{3}) (\w+);", block)} | {("internal_error", 500)}
