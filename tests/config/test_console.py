"""The console: who sees which list, at what cost, and what it never writes down."""

from datetime import UTC, date, datetime

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.urls import reverse

from config import dashboard, roles
from crm import dealings
from crm.models import Contact, ContactPoint, Demographics, UnderAgeRefusal, User
from privacy import suppression
from privacy.deadlines import calendar
from privacy.enums import PointKind, SuppressionScope
from privacy.models import JournalEntry
from privacy.points import Point
from tests.config.test_permissions import TABLE
from tests.factories.crm import (
    ContactFactory,
    DocumentFactory,
    EngagementFactory,
    InteractionFactory,
    TeamFactory,
    UserFactory,
)

LISTS = sorted(model._meta.label_lower for model in admin.site._registry)
# One table says who may what; the lists are the L of it.
OPEN = {
    role: {label for label, words in pages.items() if "L" in words.split()}
    for role, pages in TABLE.items()
}


def address(label, view="changelist", *args):
    return reverse(f"admin:{label.replace('.', '_')}_{view}", args=args)


def member(role, **facts):
    user = UserFactory(**facts)
    user.groups.add(Group.objects.get(name=role))
    return user


@pytest.fixture
def officer(db):
    return member(roles.OFFICER)


@pytest.fixture
def console(client, officer):
    client.force_login(officer)
    return client


@pytest.mark.django_db
@pytest.mark.parametrize("role", sorted(OPEN))
def test_each_role_opens_its_lists_and_no_other(client, role):
    client.force_login(member(role))

    opened = {label for label in LISTS if client.get(address(label)).status_code == 200}

    assert opened == OPEN[role]


@pytest.mark.django_db
@pytest.mark.parametrize("label", LISTS)
def test_a_list_is_shown_to_nobody_who_is_not_signed_in(client, label):
    response = client.get(address(label))

    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("page", ["index", "field_register"])
def test_pages_without_a_table_answer(console, page):
    assert console.get(reverse(f"admin:{page}")).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("role", sorted(OPEN))
def test_the_dashboard_answers_every_role(client, role):
    client.force_login(member(role))

    assert client.get(reverse("admin:index")).status_code == 200


def form_of(contact=None, **values):
    """What a browser sends for a person's page without any inline row."""
    data = {
        "latin_family_name": "Quillfeather",
        "source_type": "card",
        "source_obtained_on": "2026-01-05",
        **values,
    }
    for prefix in ("points", "roles", "addresses", "demographics", "participations"):
        data.setdefault(f"{prefix}-TOTAL_FORMS", "0")
        data.setdefault(f"{prefix}-INITIAL_FORMS", "0")
    return data


def test_a_person_is_entered_with_source_clock_and_search_words(console, officer):
    point = {
        "points-TOTAL_FORMS": "1",
        "points-0-kind": "email",
        "points-0-value": "zq@example.com",
        "points-0-usage": "private",
        "points-0-came_by": "form",
    }

    response = console.post(address("crm.contact", "add"), form_of(**point))

    assert response.status_code == 302
    contact = Contact.objects.get()
    assert contact.source.obtained_by == officer
    assert contact.anchor_on == contact.source.obtained_on
    assert "zq@example.com" in contact.search_text
    assert contact.name_key == "quillfeather"
    assert console.get(address("crm.contact"), {"q": "QUILL"}).context["cl"].result_count == 1


def test_neither_log_nor_message_names_the_person(console):
    response = console.post(address("crm.contact", "add"), form_of(), follow=True)

    contact = Contact.objects.get()
    assert LogEntry.objects.get().object_repr == str(contact.uuid)
    assert [str(m) for m in response.context["messages"]] == [f"Added: {contact.uuid}"]

    console.post(address("crm.contact", "change", contact.pk), form_of(latin_given_name="Z"))

    for entry in LogEntry.objects.all():
        assert "Quillfeather" not in entry.object_repr + entry.change_message


@pytest.mark.clause("S110")
def test_a_suppressed_point_is_an_error_beside_its_field(console, officer):
    suppression.suppress(
        [Point(PointKind.EMAIL, "zq@example.com")], scope=SuppressionScope.NO_REENTRY, by=officer
    )
    point = {
        "points-TOTAL_FORMS": "1",
        "points-0-kind": "email",
        "points-0-value": " ZQ@Example.com",
        "points-0-usage": "private",
        "points-0-came_by": "form",
    }

    response = console.post(address("crm.contact", "add"), form_of(**point))

    assert response.status_code == 200
    assert "please see the privacy team" in response.content.decode()
    assert not Contact.objects.exists()
    assert not ContactPoint.objects.exists()


def test_a_point_that_the_person_has_already_is_an_error_beside_its_field(console):
    points = {"points-TOTAL_FORMS": "2"}
    for number, value in enumerate(("zq@example.com", " ZQ@Example.com")):
        points |= {
            f"points-{number}-kind": "email",
            f"points-{number}-value": value,
            f"points-{number}-usage": "private",
            f"points-{number}-came_by": "form",
        }

    response = console.post(address("crm.contact", "add"), form_of(**points))

    assert response.status_code == 200
    assert "This person has it already." in response.content.decode()
    assert not Contact.objects.exists()


@pytest.mark.clause("S113")
def test_nobody_under_sixteen_is_entered_and_a_counter_says_so(console):
    child = {"demographics-TOTAL_FORMS": "1", "demographics-0-date_of_birth": "2020-01-01"}

    response = console.post(address("crm.contact", "add"), form_of(**child))

    assert response.status_code == 200
    assert not Contact.objects.exists()
    assert not Demographics.objects.exists()
    assert UnderAgeRefusal.objects.get().count == 1


@pytest.mark.django_db
def test_staff_see_the_people_of_their_own_team(client):
    team = TeamFactory()
    staff = member(roles.STAFF, team=team)
    ours, owned, other = ContactFactory(team=team), ContactFactory(owner=staff), ContactFactory()
    document = DocumentFactory(contact=other)
    client.force_login(staff)

    shown = client.get(address("crm.contact")).context["cl"].result_list

    assert {contact.pk for contact in shown} == {ours.pk, owned.pk}
    assert client.get(address("crm.contact", "change", other.pk)).status_code == 302
    assert client.get(address("crm.document", "download", document.pk)).status_code == 404


def test_a_document_leaves_under_its_reference(console):
    document = DocumentFactory()

    response = console.get(address("crm.document", "download", document.pk))

    assert str(document.uuid) in response["Content-Disposition"]
    assert document.title not in response["Content-Disposition"]
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.django_db
def test_no_page_deletes_anything_even_for_a_superuser(client, rf):
    request = rf.get("/")
    request.user = User.objects.create_superuser("root")

    for page in admin.site._registry.values():
        assert not page.has_delete_permission(request)
        assert "delete_selected" not in page.get_actions(request)


def test_an_append_only_row_has_no_form(console):
    ContactFactory()
    suppression.suppress(
        [Point(PointKind.EMAIL, "zq@example.com")], scope=SuppressionScope.NO_REENTRY, by=None
    )
    entry = JournalEntry.objects.latest("number")

    response = console.post(address("privacy.journalentry", "change", entry.pk), {"verb": "x"})

    assert response.status_code == 403
    assert console.get(address("privacy.journalentry", "change", entry.pk)).status_code == 200
    assert console.post(address("privacy.journalentry", "add"), {}).status_code == 403


def test_an_interaction_moved_to_another_person_moves_both_clocks(console, officer):
    talk = InteractionFactory(occurred_at=datetime(2025, 6, 1, 4, tzinfo=UTC))
    left, joined = talk.contact, ContactFactory()
    dealings.refresh([left.pk, joined.pk])
    data = {
        "contact": joined.pk,
        "channel": talk.channel,
        "direction": talk.direction,
        "occurred_at_0": "2025-06-01",
        "occurred_at_1": "12:00:00",
        "summary": talk.summary,
    }

    response = console.post(address("crm.interaction", "change", talk.pk), data)

    assert response.status_code == 302
    left.refresh_from_db()
    joined.refresh_from_db()
    assert left.anchor_on == left.source.obtained_on
    assert joined.anchor_on == date(2025, 6, 1)


def test_each_save_leaves_one_journal_entry_of_names_without_a_value(console, officer):
    point = {
        "points-TOTAL_FORMS": "1",
        "points-0-kind": "email",
        "points-0-value": "zq@example.com",
        "points-0-usage": "private",
        "points-0-came_by": "form",
    }

    console.post(address("crm.contact", "add"), form_of(**point))
    contact = Contact.objects.get()
    console.post(address("crm.contact", "change", contact.pk), form_of(latin_given_name="Z"))

    entered, corrected = JournalEntry.objects.filter(object_type="crm.contact").order_by("number")
    assert (entered.verb, entered.object_reference) == ("contact.enter", str(contact.uuid))
    assert "contactpoint" in entered.facts["fields"]
    assert "latin_family_name" in entered.facts["fields"]
    assert (corrected.verb, corrected.actor) == ("contact.correct", f"user:{officer.pk}")
    assert corrected.facts == {"fields": ["latin_given_name"]}


def test_who_no_longer_takes_part_has_a_clock_again(console):
    engagement = EngagementFactory(closed_on=None)
    contact = ContactFactory()
    part = contact.participations.create(engagement=engagement)
    dealings.refresh([contact.pk])
    contact.refresh_from_db()
    assert contact.anchor_on is None
    data = {
        "code": engagement.code,
        "title": engagement.title,
        "state": engagement.state,
        "opened_on": engagement.opened_on,
        "participations-TOTAL_FORMS": "1",
        "participations-INITIAL_FORMS": "1",
        "participations-0-id": part.pk,
        "participations-0-engagement": engagement.pk,
        "participations-0-contact": contact.pk,
        "participations-0-DELETE": "on",
    }

    response = console.post(address("crm.engagement", "change", engagement.pk), data)

    assert response.status_code == 302
    contact.refresh_from_db()
    assert not contact.participations.exists()
    assert contact.anchor_on == contact.source.obtained_on


def test_operators_are_offered_by_the_name_under_which_they_sign_in(console):
    UserFactory(username="mei.chan")

    page = console.get(address("crm.contact", "add")).content.decode()

    assert ">mei.chan</option>" in page


@pytest.mark.django_db
def test_the_dashboard_says_when_the_next_holidays_are_missing():

    last = calendar("HK_GENERAL").last
    officer = UserFactory(is_superuser=True)

    def titles(on):
        return [(card.title, card.value, card.alert) for card in dashboard.cards(officer, on=on)]

    assert ("Calendar", str(last + 1), True) not in titles(date(last, 10, 31))
    assert ("Calendar", str(last + 1), True) in titles(date(last, 11, 1))
