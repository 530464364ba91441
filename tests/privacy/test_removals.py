"""Whoever is found to be under sixteen on file is removed by two people, and never used meanwhile."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from config import roles
from crm import merge
from crm.errors import MergeRefused
from crm.models import Contact, ContactPoint, UnderAgeRefusal
from privacy import gate, holds, ledger, removals
from privacy.enums import DisposalCause, HoldReason, Verdict
from privacy.errors import TransitionRefused
from privacy.models import Disposal, JournalEntry, Removal
from tests.crm.importing import HEADER, imported, member
from tests.factories.crm import ContactFactory, ContactPointFactory, UserFactory
from tests.factories.privacy import weigh

pytestmark = [pytest.mark.django_db, pytest.mark.both]

BORN = date(2020, 1, 1)


def verbs():
    return list(JournalEntry.objects.order_by("number").values_list("verb", flat=True))


def held(contact, by):
    return holds.place(
        contact,
        matter="HCA-1",
        reason=HoldReason.CLAIM,
        owner=by,
        review_on=date(2099, 1, 1),
        by=by,
    )


@pytest.mark.clause("S114")
def test_a_second_person_removes_and_nothing_is_left_but_evidence():
    child = ContactFactory(latin_family_name="Quillfeather")
    ContactPointFactory(contact=child)
    one, two = UserFactory(), UserFactory()
    removal = removals.propose(child, by=one)

    removals.approve(removal, by=two)

    child.refresh_from_db()
    assert child.disposed_at
    assert not child.latin_family_name
    assert not ContactPoint.objects.exists()
    assert not Removal.objects.exists()
    assert Disposal.objects.get().cause == DisposalCause.UNDER_AGE
    assert UnderAgeRefusal.objects.get().entry_point == "removal"
    assert [entry["kind"] for entry in ledger.entries()] == ["intend"]
    by = dict(JournalEntry.objects.values_list("verb", "actor"))
    assert by["removal.propose"] == f"user:{one.pk}"
    assert by["removal.approve"] == f"user:{two.pk}"
    references = JournalEntry.objects.filter(verb__startswith="removal.")
    assert set(references.values_list("object_reference", flat=True)) == {str(child.uuid)}


def test_whoever_proposed_does_not_decide():
    one = UserFactory()
    removal = removals.propose(ContactFactory(), by=one)

    for act in (removals.approve, removals.withdraw):
        with pytest.raises(TransitionRefused, match="second person"):
            act(removal, by=one)
    with pytest.raises(IntegrityError), transaction.atomic():
        Removal.objects.update(approved_by=one)

    assert Contact.objects.living().count() == 1


def test_a_held_person_stays_and_a_sentence_says_so():
    child, two = ContactFactory(), UserFactory()
    hold = held(child, two)
    removal = removals.propose(child, by=UserFactory())

    with pytest.raises(TransitionRefused, match=str(hold.reference)):
        removals.approve(removal, by=two)

    child.refresh_from_db()
    assert not child.disposed_at
    assert Removal.objects.get().approved_by is None
    assert not UnderAgeRefusal.objects.exists()
    holds.release(hold, by=two)
    removals.approve(removal, by=two)
    child.refresh_from_db()
    assert child.disposed_at


def test_nobody_uses_or_merges_whoever_waits_and_a_withdrawal_ends_it():
    child, twin, one, two = ContactFactory(), ContactFactory(), UserFactory(), member()

    def verdict():
        return gate.may(child, purpose="customer-history", on=timezone.localdate()).verdict

    weigh("customer-history")
    before = verdict()
    removal = removals.propose(child, by=one)
    assert removals.propose(child, by=two) == removal

    assert verdict() is Verdict.UNDER_AGE
    assert before is not Verdict.UNDER_AGE
    with pytest.raises(MergeRefused):
        merge.merge(twin, child, by=two)
    removals.withdraw(removal, by=two)
    assert verdict() is before
    assert verbs()[-2:] == ["removal.propose", "removal.withdraw"]


def test_the_page_that_refuses_the_date_offers_the_removal(client):
    child, officer, second = ContactFactory(), member(), member()
    client.force_login(officer)
    page = reverse("admin:crm_contact_change", args=[child.pk])
    remove = reverse("admin:crm_contact_remove", args=[child.pk])
    data = {
        "latin_family_name": child.latin_family_name,
        "source_type": "card",
        "source_obtained_on": "2026-01-05",
        "demographics-TOTAL_FORMS": "1",
        "demographics-INITIAL_FORMS": "0",
        "demographics-0-date_of_birth": BORN.isoformat(),
    }
    for prefix in ("points", "roles", "addresses", "participations"):
        data |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
    assert client.get(page).context["under_age"] == ""

    refused = client.post(page, data)

    assert refused.context["under_age"] == remove
    assert "Nobody under sixteen stays on file" in refused.content.decode()
    assert UnderAgeRefusal.objects.get().entry_point == "console"
    assert client.post(remove).status_code == 302
    removal = Removal.objects.get()
    assert removal.prepared_by == officer
    approve = reverse("admin:privacy_removal_approve", args=[removal.pk])
    client.post(approve)
    assert Removal.objects.exists()
    client.force_login(second)
    assert client.get(approve).context["preview"]
    assert client.post(approve)["Location"] == reverse("admin:privacy_removal_changelist")
    child.refresh_from_db()
    assert child.disposed_at
    assert BORN.isoformat() not in str(list(JournalEntry.objects.values_list("facts")))


@pytest.mark.parametrize("role", [roles.ASSISTANT, roles.STAFF, roles.HR, roles.AUDITOR])
def test_only_an_officer_approves(client, role):
    removal = removals.propose(ContactFactory(), by=UserFactory())
    client.force_login(member(role))

    response = client.post(reverse("admin:privacy_removal_approve", args=[removal.pk]))

    assert response.status_code == 403
    assert Removal.objects.exists()


@pytest.mark.parametrize(
    ("name", "point", "found"),
    [
        (("Zephyrine", "Quillfeather"), "zq@example.com", True),
        # A child that writes from a parent's address.
        (("Ann", "Quillfeather"), "zq@example.com", False),
        (("Zephyrine", "Quillfeather"), "other@example.com", False),
    ],
)
def test_an_import_finds_a_minor_among_the_people_known(name, point, found):
    known = ContactFactory(latin_given_name="Zephyrine", latin_family_name="Quillfeather")
    ContactPointFactory(contact=known, value="zq@example.com")
    given, family = name
    born = timezone.localdate() - timedelta(days=3650)
    by = member()

    imported(f"{HEADER}{given},{family},{point},,,{born.isoformat()},\n", by=by)

    assert removals.waiting([known.pk]) == ({known.pk} if found else set())
    assert Contact.objects.count() == 1
    known.refresh_from_db()
    assert not hasattr(known, "demographics")
