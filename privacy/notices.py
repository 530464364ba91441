"""Notices: what people are told, by version, and which version was in force on which day (S1).

One person proposes a version and says what it changes, a second approves it (a constraint of the
database); from then on nothing of it changes. A changed purpose is noticed before that, or nobody
approves it (S142). Every consent, form and reply points to a version. Serves Art. 12 to 14 GDPR,
s.35C and DPP1(3) PDPO.
"""

import hashlib
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy import changes, journal
from privacy.changes import Changes
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
    changed: Changes | None = None,
) -> Notice:
    """Prepare a version in both languages; refused without one of them, or twice.

    What it changes may be recorded later; without it only a first version is approved.
    """
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
    if changed is not None:
        changes.write(changed, to=notice)
    notice.full_clean()
    notice.save()
    facts = {"digest": notice.digest, "extent": notice.extent}
    journal.record("notice.propose", by=by, on=notice, facts=facts)
    return notice


@transaction.atomic
def record_changes(notice: Notice, changed: Changes, *, effective_from: date, by: Any) -> Notice:
    """Say again what a proposal changes, and from which day on it is to be in force.

    Refused once it is approved, and to anybody but whoever prepared it: whoever approves a
    version has no hand in it.
    """
    notice = _proposal(notice)
    if notice.prepared_by_id != by.pk:
        raise TransitionRefused(_("Whoever prepared this version says what it changes."))
    changes.write(changed, to=notice)
    notice.effective_from = effective_from
    notice.full_clean()
    notice.save()
    facts = {"extent": notice.extent, "purposes": len(changed.ways) + len(changed.removed)}
    journal.record("notice.changes", by=by, on=notice, facts=facts)
    return notice


@transaction.atomic
def approve(notice: Notice, *, by: Any) -> Notice:
    """Put a version in force from its day on; refused to whoever prepared it.

    Refused too while a purpose changes unnoticed, or sooner than people can be told (S142).
    """
    notice = _proposal(notice)
    if notice.prepared_by_id == by.pk:
        raise TransitionRefused(_("You prepared this version; ask a second person to approve it."))
    changes.refuse_unnoticed(notice, on=timezone.localdate())
    notice.approved_by, notice.approved_at = by, timezone.now()
    notice.purposes = changes.in_use()
    notice.save(update_fields=["approved_by", "approved_at", "purposes"])
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


def _proposal(notice: Notice) -> Notice:
    notice = Notice.objects.select_for_update().get(pk=notice.pk)
    if notice.approved_at:
        raise TransitionRefused(_("This version was approved already."))
    return notice


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()
