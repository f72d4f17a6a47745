"""What workers leave in the spool, made by hand."""

from __future__ import annotations

import hashlib
import json
import os
import time
import uuid
from pathlib import Path

from people import Person
from service import Service


def uuid7(milliseconds: int) -> str:
    """An id of a moment, as workers make them (RFC 9562 §5.7)."""
    return str(uuid.UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62 | uuid.uuid4().int & ~(0xC << 60) & ((1 << 64) - 1)))


def record(person: Person, text: str, conversation: str | None = None) -> tuple[str, bytes]:
    """An answered turn as a segment has it; its id and its line."""
    now = int(time.time() * 1_000)
    turn = uuid7(now + 1)
    document = {
        "kind": "turn", "id": uuid7(now), "user": person.id, "conversation": conversation or uuid7(now), "turn": turn,
        "question_id": uuid7(now), "question": text, "topic": "cv", "answer": f"Réponse à {text}", "status": "complete",
        "charge": "yes", "free_blocks": "5", "tier": "free", "time_zone": "Europe/Paris", "model": "m",
        "confidence": "0.8", "response_ms": "100", "tokens_in": None, "tokens_out": None, "tokens_cached": None,
        "tokens_thought": None, "events": "[]", "errors": "[]", "tokens_estimated": None, "cost_micro": None,
        "spend": None, "alerts": None, "key": None, "body_hash": None, "document": None, "usage": None,
        "keep_seconds": "86400",
    }  # fmt: skip
    payload = json.dumps(document, ensure_ascii=False).encode()
    return turn, b"IRIS-SPOOL/1 %010d %s %s\n" % (len(payload), hashlib.sha256(payload).hexdigest().encode(), payload)


def leave(service: Service, lines: bytes, suffix: str = "open", *, age: int = 0) -> Path:
    """A segment that a worker left, who is gone for so many seconds: in the workers' folder, and theirs."""
    folder = Path(service.server.directory, "spool")
    owner = folder.stat()
    segment = folder / f"2-{uuid7(int((time.time() - age) * 1_000))}.{suffix}"
    segment.write_bytes(lines)
    segment.chmod(0o600)
    if os.geteuid() == 0:
        os.chown(segment, owner.st_uid, owner.st_gid)
    return segment
