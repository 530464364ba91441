"""The mail page: whether the mail server answers, and what the embedded default would have sent.

Without a mail server each message lies in a file below `var/` for thirty days. A file is called
by its time alone; opening one is reading people's mail, so that it has a permission of its own
and is journalled.
"""

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from smtplib import SMTPRecipientsRefused
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMessage
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy import journal
from privacy.readers import BETWEEN_MESSAGES

READ, SEND = "privacy.read_outbox", "privacy.send_test_mail"
# What Django's file-based backend calls a file.
NAME = re.compile(r"\d{8}-\d{6}-\d+\.log\Z")
NEWEST = 200


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a file."""

    subject: str
    to: str
    body: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """One file of the outbox."""

    name: str
    at: datetime
    size: int


def outbox() -> list[Waiting]:
    """The newest files of the outbox; none where a mail server takes the mail."""
    found = [path for path in Path(settings.EMAIL_FILE_PATH).iterdir() if NAME.match(path.name)]
    found.sort(reverse=True)
    return [
        Waiting(
            path.name,
            datetime.fromtimestamp(path.stat().st_mtime, timezone.get_default_timezone()),
            path.stat().st_size,
        )
        for path in found[:NEWEST]
    ]


def messages(name: str) -> Iterator[Message]:
    """What a file of the outbox holds, as its reader would see it."""
    for raw in (Path(settings.EMAIL_FILE_PATH) / name).read_bytes().split(BETWEEN_MESSAGES):
        if not raw.strip():
            continue
        message = email.message_from_bytes(raw, policy=email.policy.default)
        body = message.get_body(("plain",))
        yield Message(
            str(message["Subject"] or ""),
            str(message["To"] or ""),
            body.get_content() if body is not None else "",
        )


def send_test(user: Any) -> str:
    """Mail this operator, and say in one sentence what came of it; the answer's text may name
    somebody, so that its code alone is told.
    """
    if not user.email:
        return _("Your account has no address; a privacy officer can set one.")
    text = _("This message was sent from Lethe's mail page, to see whether mail arrives.")
    try:
        EmailMessage(_("A test of Lethe's mail"), text, to=[user.email]).send()
        answer = ""
    except SMTPRecipientsRefused as refusal:
        answer = str(next(iter(refusal.recipients.values()))[0])
    except (OSError, ValueError) as error:
        answer = str(getattr(error, "smtp_code", type(error).__name__))
    journal.record("mail.test", by=user, facts={"taken": not answer})
    if answer:
        return _("The mail server took nothing; it answered: %s.") % answer
    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        return _("No mail server is configured (EMAIL_URL): the message lies in the outbox.")
    return _("The mail server took the message; look into your mailbox.")


def page(request: HttpRequest, site: AdminSite) -> TemplateResponse:
    """The outbox for whoever may read it; a test message on POST alone."""
    may_read, may_send = request.user.has_perm(READ), request.user.has_perm(SEND)
    if not (may_read or may_send):
        raise PermissionDenied
    said = ""
    if request.method == "POST":
        if not may_send:
            raise PermissionDenied
        said = send_test(request.user)
    context = {
        **site.each_context(request),
        "title": _("Mail"),
        "said": said,
        "form": forms.Form() if may_send else None,
        "files": outbox() if may_read else None,
    }
    return TemplateResponse(request, "console/mail.html", context)


def message_page(request: HttpRequest, site: AdminSite, name: str) -> TemplateResponse:
    """One file of the outbox; that it was read is journalled."""
    if not request.user.has_perm(READ):
        raise PermissionDenied
    if not NAME.match(name) or not (Path(settings.EMAIL_FILE_PATH) / name).is_file():
        raise Http404
    found = list(messages(name))
    journal.record("mail.read", by=request.user, facts={"messages": len(found)})
    context = {**site.each_context(request), "title": _("Mail"), "messages_found": found}
    return TemplateResponse(request, "console/mail_message.html", context)
