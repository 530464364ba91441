"""The queue, the merge and its undo, as an assistant works with them."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse
from django.utils import timezone

from config import roles
from crm import duplicates, merge
from crm.enums import PairState
from crm.errors import MergeRefused
from crm.models import Contact, DuplicatePair, Merge
from privacy import consent, holds
from privacy.enums import ConsentMethod, HoldReason
from tests.factories.crm import (
    ContactFactory,
    ContactPointFactory,
    InteractionFactory,
    TeamFactory,
    UserFactory,
)

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


def steps(client, pair, **answers):
    """The answers of the three pages, in the order in which they are given."""
    first = client.get(page(pair, "merge"))
    keep = {"keep": "first", "digest": first.context["digest"]}
    second = client.post(page(pair, "merge"), keep)
    assert second.context["form"].page == 2
    chosen = {**keep, "chosen": "yes", "latin_given_name": "second"}
    third = client.post(page(pair, "merge"), chosen)
    assert third.context["form"].page == 3
    assert not Merge.objects.exists(), "three pages and nothing is done"
    return {**chosen, "typed": str(pair.second.uuid)[:8], **answers}


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

    response = assistant.post(page(pair, "merge"), steps(assistant, pair))

    assert response["Location"] == contact_page
    kept.refresh_from_db()
    assert kept.latin_given_name == "Idah"
    old = assistant.get(reverse("admin:crm_contact_change", args=[gone.pk]))
    assert old["Location"] == contact_page
    assert not DuplicatePair.objects.exists()
    people = assistant.get(reverse("admin:crm_contact_changelist"))
    assert people.context["cl"].result_count == 1


def test_a_wrong_reference_merges_nobody_and_says_so(assistant, pair):
    answers = steps(assistant, pair, typed=str(pair.first.uuid)[:8])

    response = assistant.post(page(pair, "merge"), answers)

    assert response.status_code == 200
    assert "This is not the reference" in response.content.decode()
    assert not Merge.objects.exists()


def test_a_change_since_the_page_leads_back_to_the_first_with_the_new_facts(assistant, pair):
    answers = steps(assistant, pair)
    ContactPointFactory(contact=pair.second, value="late@example.com")

    response = assistant.post(page(pair, "merge"), answers)

    assert response.context["form"].page == 1
    assert "was changed meanwhile" in response.content.decode()
    assert "late@example.com" in response.content.decode()
    assert not Merge.objects.exists()
    assert Contact.objects.living().count() == 2


def test_the_consequences_are_spelled_out_before_anything_is_done(assistant, pair, client):
    officer = UserFactory()
    consent.refuse([pair.second_id], method=ConsentMethod.EMAIL, by=officer, channels=["email"])
    InteractionFactory(contact=pair.second)
    holds.place(
        pair.second,
        matter="HCA-1",
        reason=HoldReason.CLAIM,
        owner=officer,
        review_on=timezone.localdate(),
        by=officer,
    )
    keep = {"keep": "first", "digest": merge.plan(pair.first, pair.second).digest}

    values = assistant.post(page(pair, "merge"), keep).content.decode()
    end = assistant.post(
        page(pair, "merge"), {**keep, "chosen": "yes", "latin_given_name": "first"}
    ).content.decode()

    wins = "e-mail: refused"
    assert "They answered differently" in values
    assert wins in values.lower()
    assert wins in end.lower()
    assert "wins over never asked" in end.lower()
    assert "interactions: 1" in end
    assert "contact points: 1" in end
    assert "1 hold is carried over." in end
    assert "1 refusal, withdrawal or objection" in end


def test_somebody_who_was_not_found_as_a_pair_is_looked_for_from_the_persons_page(assistant):
    one = ContactFactory(latin_family_name="Quill", search_text="quill")
    other = ContactFactory(latin_family_name="Quillfeather", search_text="quillfeather")
    address = reverse("admin:crm_contact_merge", args=[one.pk])

    offered = assistant.post(address, {"term": "quillfea"})
    choices = dict(offered.context["form"].fields["other"].choices)
    assert list(choices) == ["", str(other.pk)]
    assert not DuplicatePair.objects.exists()

    chosen = assistant.post(address, {"term": "quillfea", "other": other.pk})

    pair = DuplicatePair.objects.get()
    assert (pair.first, pair.second, pair.reasons) == (one, other, "hand")
    assert chosen["Location"] == page(pair, "merge")
    assert assistant.get(chosen["Location"]).context["form"].page == 1


def test_nobody_is_offered_whom_the_operator_does_not_see(client):
    team = TeamFactory()
    user = UserFactory(team=team)
    user.user_permissions.set(
        Permission.objects.filter(
            codename__in=["view_contact", "merge_contact", "view_duplicatepair"]
        )
    )
    client.force_login(user)
    mine = ContactFactory(team=team)
    stranger = ContactFactory(latin_family_name="Stranger", search_text="stranger")
    address = reverse("admin:crm_contact_merge", args=[mine.pk])

    offered = client.post(address, {"term": "stranger"})
    forced = client.post(address, {"term": "stranger", "other": stranger.pk})

    assert dict(offered.context["form"].fields["other"].choices).keys() == {""}
    assert forced.status_code == 200
    assert not DuplicatePair.objects.exists()
    with pytest.raises(MergeRefused, match="whom you see"):
        duplicates.pair_up(mine, stranger, by=user)


def test_the_undo_is_an_act_of_the_console(assistant, pair):
    assistant.post(page(pair, "merge"), steps(assistant, pair))
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
