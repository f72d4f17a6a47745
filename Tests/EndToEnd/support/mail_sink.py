"""A real mail server that keeps what it gets, and misbehaves as it is told."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


@dataclass(frozen=True)
class Received:
    """A mail with its envelope and how it came."""

    sender: str
    recipients: list[str]
    bytes: bytes
    tls: bool
    login: str | None

    @property
    def mail(self) -> EmailMessage:
        """The mail as a reader of mail sees it."""
        mail = message_from_bytes(self.bytes, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        return mail

    def text(self, kind: str) -> str:
        """The body of one kind, `plain` or `html`."""
        body = self.mail.get_body((kind,))
        assert body is not None
        return str(body.get_content())


class MailSink:
    """What happens to the mails that come."""

    def __init__(self) -> None:
        self.port = 0
        self.mails: list[Received] = []
        #: Replies to the next recipients, one each; then all are welcome.
        self.replies: list[str] = []
        #: Seconds before a recipient gets a reply.
        self.delay = 0.0
        #: Recipients that came.
        self.asked = 0

    @property
    def url(self) -> str:
        """What IRIS_SMTP_URL is set to, without TLS and login."""
        return f"smtp://127.0.0.1:{self.port}"

    def to(self, address: str) -> list[EmailMessage]:
        """The mails to an address, in order."""
        return [received.mail for received in self.mails if received.recipients == [address]]

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        """One recipient."""
        self.asked += 1
        await asyncio.sleep(self.delay)
        if self.replies:
            return self.replies.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 welcome"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """The mail itself."""
        login = session.auth_data.login.decode() if session.auth_data else None
        self.mails.append(
            Received(envelope.mail_from, envelope.rcpt_tos, envelope.content, session.ssl is not None, login))
        return "250 taken"


@contextmanager
def mail_sink(certificate: Path | None = None, user: tuple[str, str] | None = None) -> Iterator[MailSink]:
    """Serves on 127.0.0.1. With a certificate (a folder with certificate.pem and key.pem) it insists on STARTTLS, with a
    user on a login."""
    sink = MailSink()
    options: dict[str, Any] = {}
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate / "certificate.pem", certificate / "key.pem")
        options |= {"tls_context": context, "require_starttls": True}
    if user is not None:
        wanted = LoginPassword(*(word.encode() for word in user))

        def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
            return AuthResult(success=data == wanted, handled=False, auth_data=data)

        options |= {"authenticator": authenticate, "auth_required": True}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        sink.port = probe.getsockname()[1]
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port, **options)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop(no_assert=True)
