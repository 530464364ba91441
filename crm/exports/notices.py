"""Notices of large exports: officers are told by mail, of counts and a reference, of nobody."""

import logging

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from crm.enums import LeftOut
from crm.models import ContactExport, User
from privacy import journal
from privacy.enums import Verdict

log = logging.getLogger(__name__)

HEARS = "crm.hear_of_exports"
# Why people stay out, in the gate's words or our own.
WORDS = {**{str(v): v.label for v in Verdict}, **{str(r): r.label for r in LeftOut}}


def tell_officers(export: ContactExport) -> int:
    """Mail whoever hears of large exports; returns how many have an address.

    The file leaves whether or not the mail server is up: what it did not take is in the journal.
    """
    told = _addresses()
    if not told:
        log.warning("Nobody has an address to be told of export %s.", export.uuid)
        return 0
    page = reverse("admin:crm_contactexport_change", args=[export.pk])
    with translation.override(settings.LANGUAGE_CODE):
        facts = {
            "export": export,
            "left_out": sum(export.left_out.values()),
            "page": settings.PRIVACY_CONSOLE_URL.rstrip("/") + page,
        }
        subject = render_to_string("crm/mail/export_subject.txt", facts)
        body = render_to_string("crm/mail/export.txt", facts)
    try:
        # Blind: of several officers none need see another's address.
        EmailMessage(" ".join(subject.split()), body, bcc=told).send()
    except (OSError, ValueError) as error:
        # Either may quote an address.
        log.error("No mail about export %s: %s.", export.uuid, type(error).__name__)  # noqa: TRY400
        told = []
    journal.record("export.tell", on=export, facts={"mails": len(told)})
    return len(told)


def _addresses() -> list[str]:
    officers = User.objects.with_perm(
        HEARS,
        backend="django.contrib.auth.backends.ModelBackend",
        include_superusers=False,
    )
    reachable = officers.filter(is_active=True).exclude(email="")
    return sorted(reachable.values_list("email", flat=True))
