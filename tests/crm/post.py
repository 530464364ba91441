"""A real mail server that keeps what it is handed, for as long as a test runs."""

import asyncio
import logging
import re
import socket
import time
from contextlib import contextmanager
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller

LINK = re.compile(r"http://127\.0\.0\.1:8000(/account/\S+)")


class Post:
    """What was taken, and whether the next one is refused."""

    def __init__(self):
        self.taken, self.refuses = [], False
        self.knows_sender = True
        # Whom it does not know, and how many messages it takes without an answer.
        self.unknown, self.hangs_up = set(), 0
        # How long it thinks about each, and when it took it.
        self.seconds, self.times = 0, []

    async def handle_MAIL(self, server, session, envelope, address, options):
        if not self.knows_sender:
            return "553 not allowed to send"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.unknown:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.refuses:
            return "451 try again later"
        if self.hangs_up:
            self.hangs_up -= 1
            server.transport.abort()
            return "250 never heard"
        await asyncio.sleep(self.seconds)
        self.times.append(time.monotonic())
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.taken.append((envelope.rcpt_tos, message))
        return "250 taken"

    def link(self):
        """The address in the newest message."""
        _to, message = self.taken[-1]
        return LINK.search(message.get_content())[1]


@contextmanager
def running(settings):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    handler = Post()
    # What somebody else's mail server writes down of its mail is no log of ours.
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    server = Controller(handler, hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 10
    yield handler
    server.stop()
