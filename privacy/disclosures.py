"""Disclosures: whose data went to whom, named person by person (Art. 15(1)(c); C-154/21).

What is on record feeds the answer to “who received my data”, the duty to tell recipients of a
correction or erasure (Art. 19, s.23(1)(c)) and the record of processing. Files that were fetched
are on record with their export and not a second time. Under a duty, an authority and a reference
are named and a second person approves; every recipient has one of four bases. Serves Art. 5(1)(b),
15(1)(c) and 19 GDPR, DPP 3 PDPO, policy S83, S87, S88.
"""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy import gate, journal, purposes, subjects
from privacy.enums import (
    ON_DUTY,
    DisclosureKind,
    DisclosureState,
    Kind,
    Nature,
    RecipientBasis,
    RecipientClass,
    Verdict,
)
from privacy.errors import PrivacyError, TransitionRefused
from privacy.models import DisclosedPerson, Disclosure, Purpose

COUNTRY = re.compile(r"[A-Z]{2}\Z")
# A person's no does not stand in the way where rights are enforced or protected (Art. 21(1)).
NOES = frozenset({Verdict.OBJECTED, Verdict.REFUSED, Verdict.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Recipient:
    """An organisation outside, as it is called, and where it is."""

    name: str
    kind: str
    country: str
    reference: UUID | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """Why data go, which, on whose basis, and at whose demand."""

    kind: str
    basis: str
    purpose: Purpose | str
    kinds: Collection[str]
    on: date
    authority: str = ""
    matter: str = ""


@transaction.atomic
def record(
    subject_pks: Collection[int], *, recipient: Recipient, terms: Terms, by: Any
) -> Disclosure:
    """Write down that data of these people go to a recipient; under a duty it waits for a second.

    Refused: terms that are not complete or do not fit together, marketing, which leaves as an
    export that asks each person's consent (s.35J), and whole where anybody may not be disclosed.
    """
    pks = sorted(set(subject_pks))
    if not pks:
        raise PrivacyError(_("Choose the people whose data go."))
    purpose = purposes.named(terms.purpose)
    _refuse_incomplete(recipient, terms)
    _refuse_misfit(recipient, terms, purpose)
    _refuse_people(pks, kind=terms.kind, purpose=purpose, kinds=terms.kinds, on=terms.on)
    waits = terms.kind in ON_DUTY
    disclosure = Disclosure(
        state=DisclosureState.PREPARED if waits else DisclosureState.MADE,
        kind=terms.kind,
        recipient=recipient.name,
        recipient_class=recipient.kind,
        country=recipient.country,
        recipient_reference=recipient.reference,
        basis=terms.basis,
        purpose=purpose,
        kinds=sorted(set(terms.kinds)),
        disclosed_on=terms.on,
        authority=terms.authority.strip(),
        matter=terms.matter,
        prepared_by=by,
    )
    disclosure.full_clean()
    disclosure.save()
    DisclosedPerson.objects.bulk_create(
        [
            DisclosedPerson(disclosure=disclosure, subject_id=pk, disclosed_on=terms.on)
            for pk in pks
        ],
        batch_size=500,
    )
    _journal(disclosure, "prepare" if waits else "record", by=by)
    return disclosure


@transaction.atomic
def approve(disclosure: Disclosure, *, by: Any) -> Disclosure:
    """Let what was prepared go; each person is asked about once more.

    Refused to whoever prepared it, and where somebody may not be disclosed any more (S87).
    """
    disclosure = _waiting(disclosure)
    if by.pk == disclosure.prepared_by_id:
        raise TransitionRefused(_("Whoever prepared a disclosure does not approve it."))
    _refuse_people(
        list(disclosure.people.values_list("subject", flat=True)),
        kind=disclosure.kind,
        purpose=disclosure.purpose,
        kinds=disclosure.kinds,
        on=timezone.localdate(),
    )
    disclosure.state = DisclosureState.MADE
    disclosure.approved_by, disclosure.approved_at = by, timezone.now()
    disclosure.save()
    _journal(disclosure, "approve", by=by)
    return disclosure


@transaction.atomic
def discard(disclosure: Disclosure, *, by: Any) -> Disclosure:
    """Put aside what was prepared: nothing goes, and nobody is among its people any more."""
    disclosure = _waiting(disclosure)
    disclosure.state = DisclosureState.DISCARDED
    disclosure.save()
    _journal(disclosure, "discard", by=by)
    disclosure.people.all().delete()
    return disclosure


def of(subject_pk: int) -> QuerySet[Disclosure]:
    """What was disclosed of this person, the newest first, each with its recipient's name."""
    made = Disclosure.objects.filter(state=DisclosureState.MADE, people__subject=subject_pk)
    return made.order_by("-disclosed_on", "-pk")


def recipients() -> list[tuple[str, str, str]]:
    """Who received data, each once: class, name and country (Art. 30(1)(d))."""
    made = Disclosure.objects.filter(state=DisclosureState.MADE).order_by("recipient")
    found = made.values_list("recipient_class", "recipient", "country").distinct()
    return [(str(RecipientClass(kind).label), name, country) for kind, name, country in found]


def _refuse_incomplete(recipient: Recipient, terms: Terms) -> None:
    """What is missing, with what to say."""
    if not recipient.name.strip() or recipient.kind not in RecipientClass.values:
        raise PrivacyError(_("Name the recipient and its class: people are told by name."))
    if not COUNTRY.match(recipient.country):
        raise PrivacyError(_("Enter the recipient's country on its page: where data go is kept."))
    if terms.kind not in DisclosureKind.values or terms.basis not in RecipientBasis.values:
        raise PrivacyError(_("Say on which occasion and on which of the four bases data go."))
    if not terms.kinds or not set(terms.kinds) <= set(Kind.values):
        raise PrivacyError(_("Say which kinds of data go; name those of the inventory."))
    if terms.on > timezone.localdate():
        raise PrivacyError(_("The day is in the future; record it when the data go."))
    if terms.kind in ON_DUTY and not (terms.authority.strip() and terms.matter):
        raise PrivacyError(_("Name the authority and its reference: on whose word do data go?"))


def _refuse_misfit(recipient: Recipient, terms: Terms, purpose: Purpose) -> None:
    """What does not fit together, with what to say instead."""
    if purpose.nature in {Nature.MARKETING, Nature.PROVISION}:
        raise PrivacyError(
            _("Data for marketing leave as an export: it asks each person's consent (s.35J).")
        )
    if (terms.basis == RecipientBasis.PROCESSOR) != (recipient.kind == RecipientClass.PROCESSOR):
        raise PrivacyError(_("A processor's contract is the basis of a processor, and only then."))
    if terms.kind == DisclosureKind.LEGAL_DUTY and terms.basis != RecipientBasis.OBLIGATION:
        raise PrivacyError(_("A duty to disclose rests on a legal obligation; choose that basis."))
    if terms.kind not in ON_DUTY and (terms.authority.strip() or terms.matter):
        raise PrivacyError(_("Authority and reference belong to a duty; choose that occasion."))


def _refuse_people(
    pks: Collection[int], *, kind: str, purpose: Purpose, kinds: Collection[str], on: date
) -> None:
    """All may be disclosed, or none is: whoever may not is taken out first, by hand."""
    people: Any = subjects.root_model()._base_manager.select_for_update()
    # Locked: a restriction that arrives now waits, or is seen.
    list(people.filter(pk__in=pks).order_by("pk").values_list("pk", flat=True))
    answers = gate.ask_to_pass_on(
        pks, purpose=purpose, uses=kinds, on=on, is_for_claims=kind in ON_DUTY
    )
    hindered = Counter(
        answer.verdict
        for answer in answers.values()
        if not answer.is_yes and not _is_overridden(answer.verdict, kind)
    )
    if hindered:
        counted = "; ".join(f"{Verdict(one).label}: {n}" for one, n in sorted(hindered.items()))
        raise PrivacyError(_("These people may not be disclosed; leave them out: %s.") % counted)


def _is_overridden(verdict: Verdict, kind: str) -> bool:
    """A duty is no choice of ours; claims and protection go before an objection."""
    if kind == DisclosureKind.LEGAL_DUTY:
        return verdict != Verdict.GONE
    return kind in ON_DUTY and verdict in NOES


def _waiting(disclosure: Disclosure) -> Disclosure:
    rows = Disclosure.objects.select_for_update(of=("self",)).select_related("purpose")
    disclosure = rows.get(pk=disclosure.pk)
    if disclosure.state != DisclosureState.PREPARED:
        raise TransitionRefused(
            _("This disclosure is “%s”; that cannot be done now.") % disclosure.get_state_display()
        )
    return disclosure


def _journal(disclosure: Disclosure, verb: str, *, by: Any) -> None:
    facts = {
        "people": disclosure.people.count(),
        "kind": disclosure.kind,
        "basis": disclosure.basis,
        "kinds": disclosure.kinds,
    }
    journal.record(f"disclosure.{verb}", by=by, on=disclosure, facts=facts)
