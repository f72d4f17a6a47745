"""A mail server that takes every mail and keeps it (RFC 5321), for tests on this machine."""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
from email.message import EmailMessage


class _Conversation(socketserver.StreamRequestHandler):
    server: SMTPSink

    def handle(self) -> None:
        self._say("220 sink.example.org ESMTP")
        while line := self.rfile.readline():
            verb = line.split()[0].upper() if line.split() else b""
            if verb == b"EHLO":
                self._say("250 sink.example.org")
            elif verb == b"DATA":
                self._say("354 go on")
                self.server.keep(self._data())
                self._say("250 kept")
            elif verb == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 fine")

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")

    def _data(self) -> bytes:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        return b"".join(lines)


class SMTPSink(socketserver.ThreadingTCPServer):
    """Listens on a port of its own while its block runs."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.mails: list[EmailMessage] = []
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self) -> SMTPSink:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    @property
    def url(self) -> str:
        """What IRIS_SMTP_URL is set to."""
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    def keep(self, data: bytes) -> None:
        """Reads a mail as its recipient's program would."""
        mail = email.message_from_bytes(data, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)

    def to(self, address: str) -> list[EmailMessage]:
        """The mails to an address, in order."""
        return [mail for mail in self.mails if mail["To"] == address]
