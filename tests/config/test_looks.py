"""Each look at HR or demographic data leaves an entry; the pages are those that the site has."""

from datetime import date
from io import StringIO

import pytest
from django.contrib import admin
from django.core.management import call_command
from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format

from config import roles
from crm.models import Contact, Demographics, Role
from privacy import inventory, journal, looks
from privacy.enums import About, Look
from privacy.models import JournalEntry, Quarantine
from tests.config.test_permissions import member, one_of_each
from tests.crm.exporting import exported
from tests.factories.crm import (
    ContactFactory,
    DemographicsFactory,
    OrganisationFactory,
    RoleFactory,
    TeamFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]

BORN = date(1977, 11, 23)
TITLE, FIRM = "Quillfeather’s deputy", "Zephyrine Works"
BESIDE = ("due_list", "untold_list", "letters_list", "index", "retention_forecast")


@pytest.fixture
def team():
    return TeamFactory(name="Ours")


@pytest.fixture
def rows(team):
    """A row of each model, and of the person whom they are about the data that are watched."""
    rows = one_of_each(team)
    person = Contact.objects.get(pk=rows["crm.contact"])
    Role.objects.filter(contact=person).update(ended_on=None)
    firm = OrganisationFactory(name=FIRM)
    Role.objects.filter(contact=person, kind="employee").update(
        job_title=TITLE, organisation=firm, started_on=date(2019, 3, 1)
    )
    DemographicsFactory(contact=person, date_of_birth=BORN)
    title = Role.objects.get(contact=person, kind="employee")
    Quarantine.objects.filter(pk=rows["privacy.quarantine"]).update(
        model="crm.Role", row=title.pk, column="job_title"
    )
    rows["crm.organisation"] = firm.pk
    return rows


def addresses(rows):
    """Every page that shows something by GET: lists, records, histories, acts, and those beside."""
    for model, page in admin.site._registry.items():
        label, pk = model._meta.label_lower, rows[model._meta.label_lower]
        views = [("changelist", ()), ("change", (pk,)), ("history", (pk,))]
        views += [
            (one.name, () if one.on_list else (pk,)) for one in getattr(page, "operations", ())
        ]
        for view, args in views:
            try:
                yield (
                    label,
                    view,
                    reverse(f"admin:{label.replace('.', '_')}_{view}", args=args),
                )
            except NoReverseMatch:
                continue
    for name in BESIDE:
        yield "beside", name, reverse(f"admin:{name}")


def entries(person):
    return JournalEntry.objects.filter(verb=looks.VERB, object_reference=str(person.uuid))


def shows(body, label):
    """Whether a page says something of the role of work or of the birth."""
    needles = [TITLE, BORN.isoformat(), date_format(BORN), date_format(BORN, "j M Y")]
    people = label in {
        *("crm.contact", "crm.client", "crm.supplier", "crm.staff", "crm.duplicatepair")
    }
    # A firm has pages of its own; on a person's page it is where they work.
    return any(needle in body for needle in [*needles, *([FIRM] if people else [])])


@pytest.mark.parametrize("role", sorted(roles.ROLES))
@pytest.mark.clause("S94")
def test_whatever_page_shows_them_leaves_an_entry_of_who_looked_at_whom(client, rows, team, role):
    person = Contact.objects.get(pk=rows["crm.contact"])
    reader = member(role, team=team)
    client.force_login(reader)
    shown = set()
    for label, view, address in addresses(rows):
        before = entries(person).count()

        answer = client.get(address)

        if answer.status_code != 200 or not shows(answer.content.decode(), label):
            continue
        shown.add((label, view))
        assert entries(person).count() > before, f"{address} leaves no entry"
        entry = entries(person).latest("number")
        assert entry.actor == f"user:{reader.pk}"
        assert set(entry.facts["tables"]) <= {"crm.role", "crm.demographics"}
        assert entry.facts["how"] in Look.values
    journal.verify()
    written = str(list(JournalEntry.objects.values_list("facts", flat=True)))
    assert not any(value in written for value in (TITLE, FIRM, BORN.isoformat()))
    expected = {
        roles.OFFICER: {
            ("crm.contact", "change"),
            ("crm.staff", "changelist"),
            ("crm.organisation", "change"),
            ("crm.duplicatepair", "merge"),
            ("privacy.quarantine", "change"),
        },
        roles.HR: {("crm.staff", "change"), ("crm.staff", "changelist")},
        roles.STAFF: {("crm.contact", "change"), ("crm.contact", "changelist")},
    }
    assert shown >= expected.get(role, set())


@pytest.mark.parametrize("role", [roles.OFFICER, roles.HR, roles.STAFF])
def test_the_birth_date_is_named_only_where_it_is_shown(client, rows, team, role):
    person = Contact.objects.get(pk=rows["crm.contact"])
    client.force_login(member(role, team=team))
    label = "staff" if role == roles.HR else "contact"

    body = client.get(reverse(f"admin:crm_{label}_change", args=[person.pk])).content.decode()

    tables = entries(person).get().facts["tables"]
    assert ("crm.demographics" in tables) == (BORN.isoformat() in body)
    assert ("crm.demographics" in tables) == (role != roles.STAFF)


def test_of_whom_nothing_is_watched_no_entry_is_left(client, team):
    person = ContactFactory(team=team)
    RoleFactory(contact=person, kind="client")
    client.force_login(member(roles.OFFICER, team=team))

    for address in (
        reverse("admin:crm_contact_change", args=[person.pk]),
        reverse("admin:crm_contact_changelist"),
    ):
        assert client.get(address).status_code == 200

    assert not JournalEntry.objects.filter(verb=looks.VERB).exists()


@pytest.mark.parametrize(
    ("columns", "tables"),
    [
        (["names", "role"], ["crm.role"]),
        (["names", "organisation"], ["crm.role"]),
        (["names", "job_title"], ["crm.role"]),
        (["names", "retention_class"], ["crm.role"]),
        (["names", "date_of_birth"], ["crm.demographics"]),
        (["names", "gender", "role"], ["crm.demographics", "crm.role"]),
        (["names", "email"], []),
    ],
)
def test_a_file_leaves_an_entry_of_each_person_of_whom_it_shows_them(columns, tables):
    officer = member(roles.OFFICER)
    staff, client = ContactFactory(), ContactFactory()
    for person, kind in ((staff, "employee"), (client, "client")):
        RoleFactory(contact=person, kind=kind, ended_on=None)
    DemographicsFactory(contact=staff)

    exported(Contact.objects.all(), by=officer, columns=columns)

    found = [sorted(entry.facts["tables"]) for entry in entries(staff)]
    assert found == ([tables] if tables else [])
    assert not entries(client).exists()
    journal.verify()


def test_why_leaves_one_too():
    person = ContactFactory()
    RoleFactory(contact=person, kind="employee")

    call_command("why", str(person.uuid), stdout=StringIO())

    entry = entries(person).get()
    assert (entry.actor, entry.facts["how"]) == ("system", "command")


def test_a_crowd_is_noted_in_a_few_statements_and_the_chain_holds(django_assert_max_num_queries):
    people = [ContactFactory() for _n in range(60)]
    for person in people:
        DemographicsFactory(contact=person)

    with django_assert_max_num_queries(12):
        noted = looks.note([p.pk for p in people], by=None, how=Look.LIST, shown=[Demographics])

    assert noted == 60
    assert journal.verify() == JournalEntry.objects.count()


def test_what_is_watched_is_declared_of_history_too():
    watched = {
        holding.model
        for holding in inventory.registry.holdings.values()
        if holding.watched is not None
    }

    assert watched == {
        "crm.Demographics",
        "crm.Role",
        "crm.HistoricalDemographics",
        "crm.HistoricalRole",
    }
    assert all(inventory.holding(label).about is About.SUBJECT for label in watched)
