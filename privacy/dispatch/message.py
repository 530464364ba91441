"""The message to one person: their language, the firm's name, and the way out.

No name, no address and nothing else about the person stands in it; its links are signed and lead
to the firm's own pages. Each names the company and whom to ask about personal data (S6). Marketing
says how it ends, in its text and in its headers (RFC 8058; Cap 593 s.8, s.9; s.35F; S52).
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from privacy import links
from privacy.enums import DispatchKind
from privacy.errors import PrivacyError
from privacy.links import Act
from privacy.models import Delivery, Dispatch, Office
from privacy.points import Point

log = logging.getLogger(__name__)

# What a text may ask for, in braces, and the page to which each leads.
PAGES = {
    "unsubscribe": Act.UNSUBSCRIBE,
    "preferences": Act.PREFERENCES,
    "answer": Act.ACCURACY,
}
# Without which link nothing of this kind is sent (S52).
NEEDED = {DispatchKind.MAILING: "unsubscribe", DispatchKind.ACCURACY: "answer"}
BRACED = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Text:
    """Subject and body in one language."""

    subject: str
    body: str


def refuse_unfit(text: Text, *, kind: DispatchKind) -> None:
    """PrivacyError for a text that could not be sent as it stands."""
    if not text.subject.strip() or not text.body.strip():
        raise PrivacyError(_("Write subject and text in both languages."))
    if len(text.subject.splitlines()) > 1:
        raise PrivacyError(_("A subject is one line."))
    asked = set(BRACED.findall(text.subject + text.body))
    if unknown := sorted(asked - set(PAGES)):
        raise PrivacyError(
            _("%(found)s is not known; a text may ask for %(known)s.")
            % {
                "found": ", ".join(f"{{{name}}}" for name in unknown),
                "known": ", ".join(f"{{{name}}}" for name in PAGES),
            }
        )
    needed = NEEDED.get(kind, "")
    if needed and f"{{{needed}}}" not in text.body:
        raise PrivacyError(_("The text needs {%s}, in both languages.") % needed)
    if BRACED.search(text.subject):
        raise PrivacyError(_("A link stands in the text, not in the subject."))


def compose(delivery: Delivery, *, to: Point, language: str) -> EmailMessage:
    """The message as it leaves; the address is known to nobody but the mail server."""
    dispatch = delivery.dispatch
    with translation.override(spoken(language)):
        urls = _urls(dispatch, delivery.subject)
        contact = _contact()
        subject, body = written(dispatch, urls, contact=contact)
    return EmailMessage(
        subject,
        body,
        formataddr((dispatch.entity.name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
        [to.value],
        headers=_headers(delivery, urls["unsubscribe"], contact=contact),
    )


def compose_test(dispatch: Dispatch, *, to: str, language: str) -> EmailMessage:
    """The same message for whoever prepares it; its links lead to nobody's pages."""
    with translation.override(spoken(language)):
        urls = dict.fromkeys(PAGES, links.absolute(reverse("public:start")))
        subject, body = written(dispatch, urls, contact=_contact())
    return EmailMessage(f"[Test] {subject}", body, settings.DEFAULT_FROM_EMAIL, [to])


def warn(dispatch: Dispatch) -> int:
    """Tell whoever approved it, or else prepared it, that mail systems refuse it as ours."""
    people = [dispatch.approved_by, dispatch.prepared_by]
    told = [one.email for one in people if one and one.is_active and one.email][:1]
    page = reverse("admin:privacy_dispatch_change", args=[dispatch.reference])
    facts = {"page": settings.PRIVACY_CONSOLE_URL.rstrip("/") + page}
    with translation.override(settings.LANGUAGE_CODE):
        subject = render_to_string("privacy/mail/dispatch_refused_subject.txt", facts)
        body = render_to_string("privacy/mail/dispatch_refused.txt", facts)
    try:
        return EmailMessage(" ".join(subject.split()), body, bcc=told).send()
    except (OSError, ValueError) as error:
        # Either may quote the address.
        log.error("No mail about message %s: %s.", dispatch.reference, type(error).__name__)  # noqa: TRY400
        return 0


def spoken(language: str) -> str:
    """The language of the two in which somebody is written to."""
    return "zh-hant" if language.lower().startswith("zh") else "en"


def written(dispatch: Dispatch, urls: Mapping[str, str], *, contact: str) -> tuple[str, str]:
    """Subject and text in the language of the moment, signed, with the way out of marketing."""
    is_chinese = translation.get_language() == "zh-hant"
    body = dispatch.body_zh_hant if is_chinese else dispatch.body_en
    for name, url in urls.items():
        body = body.replace(f"{{{name}}}", url)
    facts = {
        "body": body,
        "entity": dispatch.entity,
        "contact": contact,
        "is_marketing": dispatch.purpose.is_marketing,
        "purpose": dispatch.purpose.title,
        "unsubscribe": urls["unsubscribe"],
    }
    subject = dispatch.subject_zh_hant if is_chinese else dispatch.subject_en
    return subject, render_to_string("privacy/dispatch/message.txt", facts)


def _contact() -> str:
    return Office.objects.values_list("privacy_contact", flat=True).first() or ""


def _urls(dispatch: Dispatch, person: Any) -> dict[str, str]:
    scope = {
        "purpose": dispatch.purpose.key,
        "channel": dispatch.channel,
        "topic": dispatch.topic,
    }
    wanted = {*BRACED.findall(dispatch.body_en), *BRACED.findall(dispatch.body_zh_hant)}
    return {
        name: links.link(act, person.uuid, **scope)
        for name, act in PAGES.items()
        if name in wanted or name == "unsubscribe"
    }


def _headers(delivery: Delivery, unsubscribe: str, *, contact: str) -> dict[str, str]:
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    headers = {
        # Answers to it, by people and machines, repeat it.
        "Message-ID": f"<{delivery.reference.hex}.lethe@{domain}>",
        # Found again in a report of a message that did not arrive.
        "X-Lethe-Delivery": str(delivery.reference),
        "Auto-Submitted": "auto-generated",
    }
    if delivery.dispatch.purpose.is_marketing:
        ways = [f"<{unsubscribe}>"]
        if contact:
            ways.append(f"<mailto:{contact}?subject=unsubscribe%20{delivery.reference}>")
        headers["List-Unsubscribe"] = ", ".join(ways)
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers
