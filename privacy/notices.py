"""Notices: what people are told, by version, and which version was in force on which day (S1).

One person proposes a version, a second approves it (a constraint of the database); from then on
nothing of it changes. Every consent, form and reply points to a version. Serves Art. 12 to 14
GDPR, s.35C and DPP1(3) PDPO.
"""

import hashlib
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy import journal
from privacy.enums import Language
from privacy.errors import PrivacyError, TransitionRefused
from privacy.models import Notice, Wording

POLICY = "policy"


@transaction.atomic
def propose(
    *,
    version: str,
    text_en: str,
    text_zh_hant: str,
    effective_from: date,
    by: Any,
    name: str = POLICY,
) -> Notice:
    """Prepare a version in both languages; refused without one of them, or twice."""
    if not (text_en.strip() and text_zh_hant.strip()):
        raise PrivacyError(_("A notice needs its text in English and in Chinese."))
    if Notice.objects.filter(name=name, version=version).exists():
        raise PrivacyError(_("This version is there already; give the new text another version."))
    notice = Notice(
        name=name,
        version=version,
        text_en=text_en,
        text_zh_hant=text_zh_hant,
        digest=_digest(text_en, text_zh_hant),
        effective_from=effective_from,
        prepared_by=by,
    )
    notice.full_clean()
    notice.save()
    journal.record("notice.propose", by=by, on=notice, facts={"digest": notice.digest})
    return notice


@transaction.atomic
def approve(notice: Notice, *, by: Any) -> Notice:
    """Put a version in force from its day on; refused to whoever prepared it."""
    notice = Notice.objects.select_for_update().get(pk=notice.pk)
    if notice.approved_at:
        raise TransitionRefused(_("This version was approved already."))
    if notice.prepared_by_id == by.pk:
        raise TransitionRefused(_("You prepared this version; ask a second person to approve it."))
    notice.approved_by, notice.approved_at = by, timezone.now()
    notice.save(update_fields=["approved_by", "approved_at"])
    journal.record("notice.approve", by=by, on=notice, facts={"digest": notice.digest})
    return notice


def approved() -> QuerySet[Notice]:
    """Every version that people may have been given, the newest first, without its texts."""
    return Notice.objects.filter(approved_at__isnull=False).defer("text_en", "text_zh_hant")


def named(text: str) -> Notice:
    """The approved version of this name, as in “policy 2”, or of the policy itself, as in “2”."""
    wanted = " ".join(text.split())
    for notice in approved():
        if wanted == str(notice) or (notice.name == POLICY and wanted == notice.version):
            return notice
    raise PrivacyError(_("There is no approved notice of this version; propose it first."))


def in_force(name: str = POLICY, *, on: date) -> Notice | None:
    """The version that people were shown on this day; None before the first one."""
    begun = Notice.objects.filter(name=name, approved_at__isnull=False, effective_from__lte=on)
    return begun.order_by("-effective_from", "-pk").first()


@transaction.atomic
def wording(key: str, *, language: str, text: str) -> Wording:
    """The row of exactly these words; other words under the same key are its next version."""
    if not text.strip():
        raise PrivacyError(_("A wording is never empty: say what was shown or read out."))
    if language not in Language.values:
        raise PrivacyError(_("A wording is in English or in Traditional Chinese."))
    digest = _digest(key, language, text)
    known = Wording.objects.filter(digest=digest).first()
    if known is not None:
        return known
    last = Wording.objects.filter(key=key, language=language).aggregate(last=Max("version"))
    row = Wording(
        key=key, language=language, text=text, digest=digest, version=(last["last"] or 0) + 1
    )
    row.full_clean()
    row.save()
    return row


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()
