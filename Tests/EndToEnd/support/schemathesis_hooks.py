"""Loaded by schemathesis (SCHEMATHESIS_HOOKS): who asks, and what no schema can say.

An operation that ends sessions or accounts spends only its own: each of them has a user to itself, and gets another one
once that is gone. All others share one, so that what one of them makes is there for the next.
"""

from __future__ import annotations

import itertools
import os
import re
import threading
from typing import Any

import requests
import schemathesis

PASSWORD = "une phrase assez longue"  # that of the description's examples, so that these do what they show
ENDING = ("logout", "endSession", "changePassword", "eraseAccount")
KEY = re.compile("[!-~]{1,128}")
REVOKED = b'"session_revoked"'

_numbers = itertools.count(1)
_lock = threading.Lock()
_tokens: dict[str, str] = {}


def _register(base: str) -> str:
    body = {"email": f"schemathesis{next(_numbers)}.{os.getpid()}@example.org", "password": PASSWORD}
    answer = requests.post(f"{base}/api/v1/auth/register", json=body, timeout=20)
    answer.raise_for_status()
    return str(answer.json()["access_token"])


def _user_of(operation: Any) -> str:
    name = operation.definition.raw["operationId"]
    return name if name in ENDING else "everything else"


@schemathesis.auth(refresh_interval=None)
class Bearer:
    """An access token, or the service token where that is asked for."""

    def get(self, case: Any, context: Any) -> str | None:
        """The token for one call."""
        ways = context.operation.definition.raw.get("security", [{"accessToken": []}])
        schemes = {name for way in ways for name in way}
        if not schemes:
            return None
        if "serviceToken" in schemes:
            return os.environ["IRIS_TEST_SERVICE_TOKEN"]
        with _lock:
            user = _user_of(context.operation)
            if user not in _tokens:
                _tokens[user] = _register(context.operation.base_url)
            return _tokens[user]

    def set(self, case: Any, data: str | None, context: Any) -> None:
        """Puts it where it belongs."""
        if data is not None:
            case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """A good key names one question: used again for another one it is rightly refused."""
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and KEY.fullmatch(key):
        case.headers["Idempotency-Key"] = f"{case.id}-{next(_numbers)}"


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Forgets a token that has come to its end."""
    spent = _user_of(case.operation) in ENDING and response.status_code == 204
    if spent or (response.status_code == 401 and REVOKED in response.content):
        sent = str(response.request.headers.get("Authorization", "")).removeprefix("Bearer ")
        with _lock:
            for user in [user for user, token in _tokens.items() if token == sent]:
                del _tokens[user]
