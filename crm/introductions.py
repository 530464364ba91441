"""Introductions: a person is named to a client or partner, after a check of their details.

“Before making an introduction, we check that we have accurate information about you” (S100): the
check is not older than 90 days, by a named colleague or by the person. What was said to whom is
on record as a disclosure (Art. 15(1)(c)).
"""

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm import accuracy, recipients
from crm.errors import EntryRefused
from crm.models import Contact, Organisation
from privacy import disclosures, journal
from privacy.disclosures import Disclosure, Terms
from privacy.enums import DisclosureKind, RecipientClass

INTRODUCES = "crm.introduce_contact"
TO = (RecipientClass.CLIENT, RecipientClass.PARTNER)


@transaction.atomic
def introduce(
    contact: Contact,
    *,
    recipient: Organisation,
    recipient_class: str,
    basis: str,
    purpose: str,
    kinds: Collection[str],
    by: Any,
) -> Disclosure:
    """Write down the introduction, before the person is named.

    Refused without a fresh check of the details, to anybody but a client or partner, to a partner
    without a review that holds, and where the person may not be disclosed.
    """
    on = timezone.localdate()
    contact = Contact.objects.select_for_update(of=("self",)).get(pk=contact.pk)
    if recipient_class not in TO:
        raise EntryRefused(_("An introduction is to a client or partner; record a disclosure."))
    check = accuracy.refuse_unchecked(contact, on=on)
    made = disclosures.record(
        [contact.pk],
        recipient=recipients.of(recipient, kind=recipient_class),
        terms=Terms(DisclosureKind.ORDINARY, basis, purpose, kinds, on),
        by=by,
    )
    facts = {
        "checked_on": timezone.localdate(check.checked_at).isoformat(),
        "checked_by": check.checked_by_id,
        "way": check.way,
    }
    journal.record("disclosure.introduce", by=by, on=made, facts=facts)
    return made
