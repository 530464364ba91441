"""One change of many people: the able are changed, the others named with a reason; and tags."""

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config import roles
from crm import mass_edit, merge, tags
from crm.enums import MassVerb, SkipReason
from crm.errors import EntryRefused
from crm.models import Contact, ContactTag, Tag
from privacy import disposal, restriction
from privacy.enums import DisposalCause, RestrictionGround
from privacy.models import JournalEntry
from tests.crm.importing import member
from tests.factories.crm import ContactFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]
LIST = "admin:crm_contact_changelist"


@pytest.fixture
def officer():
    return member(roles.OFFICER)


@pytest.fixture
def fair(officer):
    return tags.add("Fair 2026", by=officer)


def change(people, verb, *, by, **facts):
    rows = Contact.objects.filter(pk__in=[person.pk for person in people])
    return mass_edit.change(rows, verb=verb, by=by, **facts)


def test_the_able_get_an_owner_and_a_line_of_history_the_others_a_reason(officer):
    owner = UserFactory()
    able, already, gone, frozen = (ContactFactory() for _ in range(4))
    Contact.objects.filter(pk=already.pk).update(owner=owner)
    disposal.dispose([gone.pk], cause=DisposalCause.RETENTION, by=None, on=timezone.localdate())
    restriction.place(
        frozen, ground=RestrictionGround.CLAIMS, received_on=timezone.localdate(), by=officer
    )

    outcome = change([able, already, gone, frozen], MassVerb.OWNER, by=officer, owner=owner)

    assert outcome.changed == 1
    assert outcome.skipped == {
        already.pk: SkipReason.ALREADY,
        gone.pk: SkipReason.NOT_USABLE,
        frozen.pk: SkipReason.NOT_USABLE,
    }
    assert Contact.objects.get(pk=able.pk).owner == owner
    assert Contact.objects.get(pk=frozen.pk).owner is None
    assert able.history.first().owner == owner
    assert able.history.first().history_user == officer


def test_staff_change_nobody_elses_people():
    staff = member(roles.STAFF)
    mine, other = ContactFactory(owner=staff), ContactFactory()

    outcome = change([mine, other], MassVerb.LANGUAGE, by=staff, language="en")

    assert (outcome.changed, outcome.skipped) == (1, {other.pk: SkipReason.NOT_SEEN})
    assert Contact.objects.get(pk=other.pk).language == ""


def test_a_tag_is_put_once_and_taken_again(officer, fair):
    people = [ContactFactory() for _ in range(3)]
    assert change(people[:2], MassVerb.TAG, by=officer, tag=fair).changed == 2
    again = change(people, MassVerb.TAG, by=officer, tag=fair)
    assert (again.changed, set(again.skipped.values())) == (1, {SkipReason.ALREADY})

    taken = change(people, MassVerb.UNTAG, by=officer, tag=fair)

    assert taken.changed == 3
    assert not ContactTag.objects.exists()


def test_a_set_costs_the_same_for_three_and_thirty(officer, fair):
    costs = []
    change([ContactFactory()], MassVerb.TAG, by=officer, tag=fair)
    for number in (3, 30):
        people = [ContactFactory() for _ in range(number)]
        with CaptureQueriesContext(connection) as queries:
            change(people, MassVerb.TAG, by=officer, tag=fair)
        costs.append(len(queries))

    assert costs[0] == costs[1]


def test_the_journal_has_numbers_and_no_names(officer, fair):
    change([ContactFactory()], MassVerb.TAG, by=officer, tag=fair)

    entry = JournalEntry.objects.get(verb="contact.mass_edit")
    assert entry.facts == {"verb": "tag", "changed": 1, "skipped": 0}


def test_more_than_fits_is_refused_whole(officer, fair, monkeypatch):
    monkeypatch.setattr(mass_edit, "MOST", 2)

    with pytest.raises(EntryRefused):
        change([ContactFactory() for _ in range(3)], MassVerb.TAG, by=officer, tag=fair)
    assert not ContactTag.objects.exists()


@pytest.mark.parametrize(
    "name", ["", "   ", "x" * 41, "has diabetes", "工會會員", "FAIR 2026", " fair  2026 "]
)
def test_a_tag_that_is_no_word_for_a_list_is_refused(officer, fair, name):
    with pytest.raises(EntryRefused):
        tags.add(name, by=officer)


def test_a_tag_that_is_removed_leaves_everybody(officer, fair):
    change([ContactFactory()], MassVerb.TAG, by=officer, tag=fair)

    tags.remove(fair, by=officer)

    assert not Tag.objects.exists()
    assert not ContactTag.objects.exists()


def test_tags_go_with_their_person_and_come_along_in_a_merge(officer, fair):
    kept, gone, other = (ContactFactory() for _ in range(3))
    change([gone, other], MassVerb.TAG, by=officer, tag=fair)
    merge.merge(kept, gone, by=officer)
    assert set(ContactTag.objects.values_list("contact", flat=True)) == {kept.pk, other.pk}

    disposal.dispose([other.pk], cause=DisposalCause.RETENTION, by=None, on=timezone.localdate())

    assert set(ContactTag.objects.values_list("contact", flat=True)) == {kept.pk}


@pytest.fixture
def console(client, officer):
    client.force_login(officer)
    return client


def test_the_console_asks_first_changes_then_and_says_who_stayed(console, officer, fair):
    able, already = ContactFactory(), ContactFactory(latin_family_name="Quillfeather")
    change([already], MassVerb.TAG, by=officer, tag=fair)
    chosen = {"action": "change_people", ACTION_CHECKBOX_NAME: [able.pk, already.pk]}

    asked = console.post(reverse(LIST), chosen)
    assert "2 people are chosen" in asked.content.decode()
    assert not able.tags.exists()
    done = console.post(reverse(LIST), {**chosen, "confirmed": "1", "verb": "tag", "tag": fair.pk})

    text = done.content.decode()
    assert "1 of 2 people were changed" in text
    assert "Quillfeather" in text
    assert "so already" in text
    assert able.tags.exists()


def test_all_that_a_filter_shows_are_changed_without_a_number_in_the_address(console, fair):
    staff = UserFactory()
    mine = [ContactFactory(owner=staff) for _ in range(3)]
    other = ContactFactory()

    console.post(
        reverse(LIST) + f"?owner={staff.pk}",
        {
            "action": "change_people",
            ACTION_CHECKBOX_NAME: [mine[0].pk],
            "select_across": "1",
            "confirmed": "1",
            "verb": "tag",
            "tag": fair.pk,
        },
    )

    tagged = set(ContactTag.objects.values_list("contact", flat=True))
    assert tagged == {person.pk for person in mine}
    assert other.pk not in tagged


@pytest.mark.parametrize("verb", MassVerb.values)
def test_a_verb_without_what_it_needs_is_asked_again(console, verb):
    person = ContactFactory()

    page = console.post(
        reverse(LIST),
        {
            "action": "change_people",
            ACTION_CHECKBOX_NAME: [person.pk],
            "confirmed": "1",
            "verb": verb,
        },
    )

    assert "Choose one." in page.content.decode()


def test_who_only_reads_is_offered_no_change_and_refused_one(client):
    client.force_login(member(roles.AUDITOR))
    person = ContactFactory()

    page = client.get(reverse(LIST))
    answer = client.post(
        reverse(LIST), {"action": "change_people", ACTION_CHECKBOX_NAME: [person.pk]}
    )

    assert "change_people" not in page.content.decode()
    assert "are chosen" not in answer.content.decode()


def test_the_list_filters_by_tag_and_the_persons_page_shows_it(console, officer, fair):
    tagged, plain = ContactFactory(), ContactFactory()
    change([tagged], MassVerb.TAG, by=officer, tag=fair)

    listed = set(console.get(reverse(LIST), {"tag": fair.pk}).context["cl"].result_list)

    assert listed == {tagged}
    assert plain not in listed
    page = console.get(reverse("admin:crm_contact_change", args=[tagged.pk])).content.decode()
    assert "Fair 2026" in page
