"""The list of people: its filters, deep pages, what it says of a search, and the saved views."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config import roles
from crm import contacts, organisations, saved_views
from crm.admin.people_list import DeepPaginator
from crm.enums import RoleKind
from crm.errors import EntryRefused
from crm.models import Contact, SavedView
from privacy import consent, restriction
from privacy.enums import ConsentMethod, RestrictionGround
from tests.crm.importing import member
from tests.factories.crm import (
    ContactFactory,
    ContactPointFactory,
    EngagementFactory,
    InteractionFactory,
    OrganisationFactory,
    RoleFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]
LIST = "admin:crm_contact_changelist"
TODAY = timezone.localdate()


@pytest.fixture
def officer(client):
    officer = member(roles.OFFICER)
    client.force_login(officer)
    return officer


def listed(client, **asked):
    return set(client.get(reverse(LIST), asked).context["cl"].result_list)


def indexed(*people):
    contacts.index([person.pk for person in people])


@pytest.fixture
def office(officer):
    past = RoleFactory(
        kind=RoleKind.SUPPLIER, started_on=date(2020, 1, 1), ended_on=date(2021, 1, 1)
    ).contact
    current = RoleFactory(kind=RoleKind.SUPPLIER, started_on=date(2020, 1, 1)).contact
    both = RoleFactory(kind=RoleKind.CLIENT, started_on=date(2020, 1, 1)).contact
    RoleFactory(contact=both, kind=RoleKind.CLIENT, started_on=date(2022, 1, 1))
    none = ContactFactory(owner=officer)
    return {"past": past, "current": current, "both": both, "none": none}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"role": "supplier"}, {"past", "current"}),
        ({"role": "client"}, {"both"}),
        ({"role": "nonsense"}, {"past", "current", "both", "none"}),
        ({"role_state": "current"}, {"current", "both"}),
        ({"role_state": "past"}, {"past"}),
        ({"role_state": "none"}, {"none"}),
        ({"owner": "me"}, {"none"}),
        ({"owner": "nobody"}, {"past", "current", "both"}),
        ({"owner": "1; DROP"}, set()),
    ],
)
def test_a_filter_shows_whom_it_says_each_once(client, office, asked, found):
    shown = list(client.get(reverse(LIST), asked).context["cl"].result_list)

    assert len(shown) == len(found)
    assert set(shown) == {office[name] for name in found}


def test_a_colleagues_people_are_a_filter_too(client, office):
    colleague = UserFactory(username="bo", is_staff=True)
    Contact.objects.filter(pk=office["past"].pk).update(owner=colleague)

    assert listed(client, owner=str(colleague.pk)) == {office["past"]}


def test_a_page_far_behind_has_the_rows_of_its_place_and_their_order(officer, monkeypatch):
    people = sorted((ContactFactory() for _ in range(30)), key=lambda one: -one.pk)
    rows = Contact.objects.order_by("-pk")
    shallow = [list(DeepPaginator(rows, 10).page(number)) for number in (1, 2, 3)]
    monkeypatch.setattr("crm.admin.people_list.DEEP", 5)

    deep = [list(DeepPaginator(rows, 10).page(number)) for number in (1, 2, 3)]

    assert deep == shallow == [people[:10], people[10:20], people[20:]]


def test_a_deep_page_reads_numbers_first_and_only_its_own_rows(officer, monkeypatch):
    monkeypatch.setattr("crm.admin.people_list.DEEP", 10)
    people = [ContactFactory() for _ in range(25)]
    rows = Contact.objects.order_by("-pk").select_related("source")

    with CaptureQueriesContext(connection) as queries:
        page = list(DeepPaginator(rows, 10).page(3))

    assert page == sorted(people, key=lambda one: -one.pk)[20:]
    numbers, whole = queries.captured_queries[-2:]
    assert "OFFSET 20" in numbers["sql"]
    assert "crm_source" not in numbers["sql"]
    assert "OFFSET" not in whole["sql"]


def test_a_long_list_is_counted_about_unless_something_narrows_it(client, office, monkeypatch):
    monkeypatch.setattr("crm.admin.people_list.MANY", 1)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE crm_contact")

    whole, narrowed = client.get(reverse(LIST)), client.get(reverse(LIST), {"role": "supplier"})

    estimates = connection.vendor == "postgresql"
    assert whole.context["cl"].result_count == (1000 if estimates else 4)
    assert ("about 1" in whole.content.decode()) is estimates
    assert len(whole.context["cl"].result_list) == 4
    assert narrowed.context["cl"].result_count == 2
    assert "about 2" not in narrowed.content.decode()


def test_the_list_says_when_somebody_was_last_met_and_what_they_said(client, officer):
    yes, no = ContactFactory(), ContactFactory()
    InteractionFactory(contact=yes, occurred_at=timezone.now() - timedelta(days=400))
    consent.refuse([no.pk], method=ConsentMethod.EMAIL, channels=["email"], by=officer)

    text = client.get(reverse(LIST)).content.decode()

    assert "said no" in text
    assert "not asked" in text
    assert str((timezone.localdate() - timedelta(days=400)).year) in text


def test_who_does_not_write_consent_down_sees_no_marketing_column(client):
    client.force_login(member(roles.HR))
    RoleFactory(kind=RoleKind.EMPLOYEE)

    text = client.get(reverse("admin:crm_staff_changelist")).content.decode()

    assert "not asked" not in text


@pytest.mark.parametrize("term", ["5123 4567", "(852) 5123-4567", "+852 (0)5123 4567", "51234567"])
def test_a_number_is_found_by_the_search_text_alone(client, officer, term):
    ann, bo = ContactFactory(), ContactFactory()
    ContactPointFactory(contact=ann, kind="phone", value="+852 5123 4567")
    ContactPointFactory(contact=bo, kind="phone", value="+852 6123 4567")
    indexed(ann, bo)

    with CaptureQueriesContext(connection) as queries:
        found = listed(client, q=term)

    assert found == {ann}
    assert not any("crm_contactpoint" in q["sql"] and "LIKE" in q["sql"] for q in queries)


def test_a_search_says_where_it_looked_and_what_it_hides(client, officer):
    hidden = ContactFactory(latin_family_name="Quillfeather")
    indexed(hidden)
    restriction.place(hidden, ground=RestrictionGround.CLAIMS, received_on=TODAY, by=officer)

    page = client.get(reverse(LIST), {"q": "quillfeather"}).content.decode()

    assert "No result." in page
    assert "Searched names" in page
    assert "1 person found is hidden" in page
    assert reverse("admin:privacy_restriction_changelist") in page


def test_staff_are_not_told_that_somebody_is_restricted(client, officer):
    hidden = ContactFactory(latin_family_name="Quillfeather")
    indexed(hidden)
    restriction.place(hidden, ground=RestrictionGround.CLAIMS, received_on=TODAY, by=officer)
    client.force_login(member(roles.STAFF))

    with_one = client.get(reverse(LIST), {"q": "quillfeather"}).context["cl"].searched
    without = client.get(reverse(LIST), {"q": "nobodyatall"}).context["cl"].searched

    assert with_one == without
    assert "No result." in with_one


def test_an_organisation_has_its_people_the_current_ones_first(client, officer):
    firm = OrganisationFactory(name="Harbour Trading", name_key="harbourtrading")
    old = RoleFactory(organisation=firm, started_on=date(2018, 1, 1), ended_on=date(2019, 1, 1))
    new = RoleFactory(organisation=firm, started_on=date(2020, 1, 1))
    hidden = RoleFactory(organisation=firm)
    restriction.place(
        hidden.contact, ground=RestrictionGround.CLAIMS, received_on=TODAY, by=officer
    )
    EngagementFactory(organisation=firm, code="e-77")

    page = client.get(reverse("admin:crm_organisation_change", args=[firm.pk]))

    assert page.context["people"] == [new, old]
    assert "e-77" in page.content.decode()


def test_a_large_organisations_page_leads_to_all_of_its_people(client, officer):
    firm = OrganisationFactory()
    for _number in range(51):
        RoleFactory(organisation=firm)
    other = RoleFactory(organisation=OrganisationFactory()).contact

    page = client.get(reverse("admin:crm_organisation_change", args=[firm.pk]))

    assert len(page.context["people"]) == 50
    assert page.context["all_url"] in page.content.decode()
    everybody = client.get(page.context["all_url"]).context["cl"]
    assert everybody.result_count == 51
    assert other not in everybody.result_list


def test_an_interaction_is_logged_from_the_list(client, officer):
    ann = ContactFactory()

    page = client.get(reverse(LIST)).content.decode()

    assert reverse("admin:crm_contact_log", args=[ann.pk]) in page


def test_staff_see_of_an_organisation_their_own_people_alone(client):
    staff = member(roles.STAFF)
    firm = OrganisationFactory()
    mine = RoleFactory(organisation=firm, contact=ContactFactory(owner=staff))
    RoleFactory(organisation=firm)

    assert organisations.people_of(firm, user=staff) == ([mine], False)


def test_an_organisations_page_costs_the_same_for_one_and_fifty(client, officer):
    firm, costs = OrganisationFactory(), []
    for more in (1, 48):
        for _number in range(more):
            RoleFactory(organisation=firm, contact=ContactFactory(owner=officer))
        client.get(reverse("admin:crm_organisation_change", args=[firm.pk]))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("admin:crm_organisation_change", args=[firm.pk]))
        costs.append(len(queries))

    assert costs[0] == costs[1]


def saved(officer, **facts):
    facts = {
        "name": "Mine",
        "listing": "crm.contact",
        "query": "owner=me&role=client",
        "allowed": ["owner", "role", "source__type"],
        **facts,
    }
    return saved_views.save(by=officer, **facts)


def test_a_view_is_saved_shown_shared_and_removed(client, officer):
    page = client.get(reverse(LIST), {"owner": "me", "q": "quillfeather"})
    assert 'name="query" value="owner=me"' in page.content.decode()

    client.post(
        reverse("admin:crm_contact_save_view"),
        {"name": "Mine", "query": "owner=me&q=quillfeather&p=3"},
    )

    view = SavedView.objects.get()
    assert view.query == "owner=me"
    assert 'href="?owner=me"' in client.get(reverse(LIST)).content.decode()
    client.post(reverse("admin:crm_contact_remove_view", args=[view.pk]))
    assert not SavedView.objects.exists()


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("q=chan", ""),
        ("q=chan&owner=me", "owner=me"),
        ("source__type__exact=card&p=2&e=1", "source__type__exact=card"),
        ("latin_family_name__startswith=Chan&owner=me", "owner=me"),
        ("source__type__startswith=Quillfeather&role=Ann Bee", ""),
        ("o=1.-2&role=client", "o=1.-2&role=client"),
        ("owner=" + "9" * 600, ""),
    ],
)
def test_a_view_holds_filters_and_order_and_nothing_that_was_searched(query, kept):
    assert saved_views.clean(query, ["owner", "role", "source__type"]) == kept


@pytest.mark.parametrize("facts", [{"name": "  "}, {"name": "x" * 41}, {"query": "q=chan"}])
def test_a_view_without_a_name_or_a_filter_is_refused(officer, facts):
    with pytest.raises(EntryRefused):
        saved(officer, **facts)


def test_the_same_name_replaces_and_twenty_are_enough(officer):
    saved(officer)
    assert saved(officer, query="role=client").query == "role=client"
    assert SavedView.objects.count() == 1
    for number in range(19):
        saved(officer, name=f"View {number}")

    with pytest.raises(EntryRefused):
        saved(officer, name="One more")


def test_nobody_removes_or_sees_somebody_elses_view(client, officer):
    view = saved(UserFactory())

    answer = client.post(reverse("admin:crm_contact_remove_view", args=[view.pk]))

    assert answer.status_code == 404
    assert SavedView.objects.exists()
    assert not client.get(reverse(LIST)).context["saved_views"]


@pytest.mark.parametrize("name", ["save_view", "remove_view"])
def test_looking_at_it_saves_and_removes_nothing_and_strangers_are_refused(client, officer, name):
    view = saved(officer)
    address = reverse(f"admin:crm_contact_{name}", args=[view.pk] if "remove" in name else [])

    assert client.get(address).status_code == 405
    client.force_login(member(roles.SYSTEM))
    assert client.post(address, {"name": "Mine", "query": "owner=me"}).status_code == 403
