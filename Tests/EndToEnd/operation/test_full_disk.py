"""A disk that takes no more of the spool: chat answers all the same, and what is lost is counted, logged and told."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest
from metrics_page import Page
from model_server import ModelServer
from outage import await_replay, member, query, waiting
from service import UNLIMITED, log_text, serving, wait_until
from webhook_sink import webhook_sink
from wiring import model_env

from devserver import DevServer

#: Each turn takes some three thousand bytes.
CHATS = 60


@contextmanager
def small_disk(server: DevServer) -> Iterator[None]:
    """The spool's folder is a file system of 64 KiB for the length of the block."""
    folder = Path(server.directory, "spool")
    folder.mkdir(exist_ok=True)
    owner = Path(server.directory, "runtime").stat()
    os.chown(folder, owner.st_uid, owner.st_gid)
    options = f"size=64k,mode=0700,uid={owner.st_uid},gid={owner.st_gid}"
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, text=True, check=False)
    if mount.returncode != 0:
        pytest.skip(f"skipped: no file system can be mounted here ({mount.stderr.strip()})")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize("kind", ["disk", "limit"])
def test_no_answer_is_lost_with_what_cannot_be_kept(binary: Path, model: ModelServer, kind: str) -> None:
    limit = {"IRIS_SPOOL_MAX_BYTES": "65536"} if kind == "limit" else {}
    with webhook_sink() as sink:
        env = {**model_env(model), "IRIS_LIMITS": UNLIMITED, "IRIS_ALERT_WEBHOOK_URL": sink.url, **limit}
        with (
            serving(binary, api=1, auth=1, chat=3, env=env) as service,
            small_disk(service.server) if kind == "disk" else nullcontext(),
        ):
            server = service.server
            person = member(server, service.http, "premium")
            # What was lost before a host is first looked at is no news.
            server.command("maintain", timeout=60)
            server.stop_postgres()
            answers = [person.chat(f"Question {number} en 2026 ?") for number in range(CHATS)]
            assert {answer.status_code for answer in answers} == {200}

            page = Page.of(server)
            lost, kept = int(page.total("iris_spool_lost_total")), int(page.total("iris_spool_records"))
            assert lost > 0 and kept > 0 and lost + kept == CHATS
            assert "the spool could not keep what happened, and it is lost" in log_text(server)
            server.command("maintain", timeout=60)
            assert "ALERT spool_loss" in sink.hooks[-1].document["text"]

            server.start_postgres()
            wait_until(lambda: person.me().status_code == 200, 20)
            await_replay(server)
            [(stored,)] = query(server, "SELECT count(*) FROM iris.iris_messages WHERE role = 'assistant'")
            assert stored == kept and waiting(server) == []
            [(told,)] = query(server, "SELECT sum((detail->>'records')::integer) FROM iris.alerts WHERE kind = 'spool_loss' AND host IS NULL")
            assert told == lost
