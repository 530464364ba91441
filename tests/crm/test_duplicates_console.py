"""The queue, the merge and its undo, as an assistant works with them."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from config import roles
from crm import duplicates
from crm.enums import PairState
from crm.models import Contact, DuplicatePair, Merge
from tests.factories.crm import ContactFactory, ContactPointFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair():
    for given in ("Ida", "Idah"):
        contact = ContactFactory(latin_family_name="Ashworth", latin_given_name=given)
        ContactPointFactory(contact=contact, value="ida@example.com")
    duplicates.refresh()
    return DuplicatePair.objects.get()


@pytest.fixture
def assistant(client):
    user = UserFactory()
    user.groups.add(Group.objects.get(name=roles.ASSISTANT))
    client.force_login(user)
    return client


def page(pair, name="change"):
    return reverse(f"admin:crm_duplicatepair_{name}", args=[pair.pk])


def confirmed(client, pair, **answers):
    digest = client.get(page(pair, "merge")).context["form"].initial["digest"]
    return {
        "keep": "first",
        "digest": digest,
        "latin_given_name": "second",
        "typed": str(pair.second.uuid)[:8],
        **answers,
    }


def test_the_pair_stands_side_by_side_with_its_reasons(assistant, pair):
    text = assistant.get(page(pair)).content.decode()

    assert "ida@example.com" in text
    assert "Idah" in text
    assert "same e-mail address" in text
    queue = assistant.get(reverse("admin:crm_duplicatepair_changelist"))
    assert queue.context["cl"].result_count == 1


def test_a_confirmed_merge_leads_to_the_kept_and_so_does_the_old_address(assistant, pair):
    kept, gone = pair.first, pair.second
    contact_page = reverse("admin:crm_contact_change", args=[kept.pk])

    response = assistant.post(page(pair, "merge"), confirmed(assistant, pair))

    assert response["Location"] == contact_page
    kept.refresh_from_db()
    assert kept.latin_given_name == "Idah"
    old = assistant.get(reverse("admin:crm_contact_change", args=[gone.pk]))
    assert old["Location"] == contact_page
    assert not DuplicatePair.objects.exists()
    people = assistant.get(reverse("admin:crm_contact_changelist"))
    assert people.context["cl"].result_count == 1


def test_a_wrong_reference_and_a_change_since_the_page_merge_nobody(assistant, pair):
    answers = confirmed(assistant, pair, typed=str(pair.first.uuid)[:8])
    assert assistant.post(page(pair, "merge"), answers).status_code == 200

    answers = confirmed(assistant, pair)
    ContactPointFactory(contact=pair.second, value="late@example.com")
    assert assistant.post(page(pair, "merge"), answers).status_code == 302

    assert not Merge.objects.exists()
    assert Contact.objects.living().count() == 2


def test_the_undo_is_an_act_of_the_console(assistant, pair):
    assistant.post(page(pair, "merge"), confirmed(assistant, pair))
    made = Merge.objects.get()
    address = reverse("admin:crm_merge_undo", args=[made.pk])

    assert assistant.get(address).status_code == 200
    assert Contact.objects.living().count() == 1
    assert assistant.post(address).status_code == 302

    assert Contact.objects.living().count() == 2
    assert {p.latin_given_name for p in Contact.objects.all()} == {"Ida", "Idah"}


def test_two_people_are_told_apart_once_and_for_all(assistant, pair):
    assistant.post(page(pair, "later"))
    pair.refresh_from_db()
    assert pair.state == PairState.LATER

    assistant.post(page(pair, "distinct"))
    duplicates.refresh()

    pair.refresh_from_db()
    assert pair.state == PairState.DISTINCT
    queue = reverse("admin:crm_duplicatepair_changelist")
    assert assistant.get(queue).context["cl"].result_count == 0
    assert assistant.get(f"{queue}?decided=distinct").context["cl"].result_count == 1


def test_staff_see_a_pair_only_when_they_see_both_and_never_merge(client, pair):
    team = TeamFactory()
    user = UserFactory(team=team)
    user.groups.add(Group.objects.get(name=roles.STAFF))
    client.force_login(user)
    queue = reverse("admin:crm_duplicatepair_changelist")

    Contact.objects.filter(pk=pair.first_id).update(team=team)
    assert client.get(queue).context["cl"].result_count == 0

    Contact.objects.filter(pk=pair.second_id).update(team=team)
    assert client.get(queue).context["cl"].result_count == 1
    assert client.get(page(pair, "merge")).status_code == 403
    assert client.post(page(pair, "merge")).status_code == 403
