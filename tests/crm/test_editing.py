"""Of two people who edit one record the later is told, and nothing typed or stored is lost."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from config import roles
from crm.models import Contact, ContactPoint, Engagement, Interaction, Organisation, Participation
from privacy.editing import Change
from tests.factories.crm import (
    ContactFactory,
    ContactPointFactory,
    DocumentFactory,
    EngagementFactory,
    InteractionFactory,
    OrganisationFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def browser(role=roles.OFFICER, **facts):
    user = UserFactory(**facts)
    user.groups.set([Group.objects.get(name=role)])
    client = Client()
    client.force_login(user)
    return client


def address(row, label=None):
    label = label or row._meta.label_lower
    return reverse(f"admin:{label.replace('.', '_')}_change", args=[row.pk])


def sent(page):
    """What a browser sends of a page, as it stands."""
    form, values = page.context["adminform"].form, {"read_as": page.context["read_as"]}
    formsets = [inline.formset for inline in page.context["inline_admin_formsets"]]
    for part in (form, *(f for s in formsets for f in (s.management_form, *s.initial_forms))):
        for bound in part:
            data = bound.value()
            if hasattr(data, "strftime") and "_" not in bound.html_name:
                data = data.isoformat()
            if bound.html_name == "occurred_at":
                values["occurred_at_0"], values["occurred_at_1"] = str(data)[:10], str(data)[11:19]
            elif data is True:
                values[bound.html_name] = "on"
            elif data is not None and data is not False:
                values[bound.html_name] = data
    return values


def test_the_later_save_is_refused_and_told_by_whom_and_what():
    contact = ContactFactory(latin_given_name="Ada")
    first, second = browser(username="early"), browser(username="late")
    mine, theirs = (sent(client.get(address(contact))) for client in (first, second))

    first.post(address(contact), {**mine, "latin_given_name": "Beata"})
    page = second.post(address(contact), {**theirs, "latin_family_name": "Typed"})

    contact.refresh_from_db()
    assert (contact.latin_given_name, contact.latin_family_name[:6]) == ("Beata", "Family")
    told = page.context["meanwhile"]
    assert told.who == "early"
    assert told.at is not None
    assert told.fields == [Change("Given name in Latin script", "Beata", taken=True)]
    assert 'value="Typed"' in page.rendered_content
    assert "now: Beata" in " ".join(page.rendered_content.split())


def test_whoever_looked_saves_again_with_what_they_typed():
    contact = ContactFactory()
    first, second = browser(), browser()
    mine, theirs = (sent(client.get(address(contact))) for client in (first, second))
    first.post(address(contact), {**mine, "latin_given_name": "Beata"})
    theirs["latin_family_name"] = "Typed"
    page = second.post(address(contact), theirs)

    again = second.post(address(contact), sent(page))

    contact.refresh_from_db()
    assert again.status_code == 302
    assert (contact.latin_family_name, contact.latin_given_name) == ("Typed", "Beata")


def test_of_two_who_changed_the_same_field_the_later_decides_after_looking():
    contact = ContactFactory()
    first, second = browser(), browser()
    mine, theirs = (sent(client.get(address(contact))) for client in (first, second))
    first.post(address(contact), {**mine, "latin_given_name": "Beata"})

    page = second.post(address(contact), {**theirs, "latin_given_name": "Carla"})
    second.post(address(contact), sent(page))

    contact.refresh_from_db()
    assert page.context["meanwhile"].fields == [Change("Given name in Latin script", "Beata")]
    assert contact.latin_given_name == "Carla"


def test_an_owner_who_was_left_alone_follows_the_change():
    contact, owner = ContactFactory(), UserFactory(username="keeper")
    client = browser()
    theirs = sent(client.get(address(contact)))
    Contact.objects.filter(pk=contact.pk).update(owner=owner)

    page = client.post(address(contact), {**theirs, "latin_given_name": "Carla"})
    client.post(address(contact), sent(page))

    contact.refresh_from_db()
    assert page.context["meanwhile"].fields == [Change("Owner", "keeper", taken=True)]
    assert (contact.owner, contact.latin_given_name) == (owner, "Carla")


def test_another_fault_of_the_form_is_no_look_at_what_was_changed():
    contact = ContactFactory()
    client = browser()
    theirs = sent(client.get(address(contact)))
    page = client.post(address(contact), {**theirs, "residence_country": "Nowhere"})
    Contact.objects.filter(pk=contact.pk).update(latin_given_name="Beata")

    refused = client.post(address(contact), {**theirs, "read_as": page.context["read_as"]})

    assert [change.label for change in refused.context["meanwhile"].fields] == [
        "Given name in Latin script"
    ]


def test_rows_below_the_record_count_too():
    contact = ContactFactory()
    point = ContactPointFactory(contact=contact)
    client = browser()
    theirs = sent(client.get(address(contact)))
    ContactPoint.objects.filter(pk=point.pk).update(is_preferred=True)

    page = client.post(address(contact), theirs)

    assert [change.label for change in page.context["meanwhile"].fields] == ["Contact points"]


def test_the_source_counts_too():
    contact = ContactFactory()
    client = browser()
    theirs = sent(client.get(address(contact)))
    contact.source.detail = "a fair"
    contact.source.save()

    page = client.post(address(contact), theirs)

    assert page.context["meanwhile"].fields == [Change("Detail or address", "a fair", taken=True)]


def test_a_proxys_page_is_told_of_a_save_on_the_persons_own(client):
    contact = ContactFactory()
    contact.roles.create(kind="client")
    first, second = browser(username="early"), browser()
    mine = sent(first.get(address(contact)))
    theirs = sent(second.get(address(contact, "crm.client")))
    first.post(address(contact), {**mine, "latin_given_name": "Beata"})

    page = second.post(address(contact, "crm.client"), theirs)

    assert page.context["meanwhile"].who == "early"


def test_what_nobody_sees_on_the_page_refuses_nobody():
    contact = ContactFactory()
    client = browser()
    theirs = sent(client.get(address(contact)))
    Contact.objects.filter(pk=contact.pk).update(search_text="anew", anchor_on=None)

    answer = client.post(address(contact), {**theirs, "latin_given_name": "Beata"})

    assert answer.status_code == 302


@pytest.mark.parametrize("stamp", ["nonsense", "other"])
def test_a_stamp_that_is_not_this_records_saves_nothing(stamp):
    contact, other = ContactFactory(), ContactFactory()
    client = browser()
    theirs = sent(client.get(address(contact)))
    if stamp == "other":
        stamp = sent(client.get(address(other)))["read_as"]

    page = client.post(address(contact), {**theirs, "latin_given_name": "Beata", "read_as": stamp})

    contact.refresh_from_db()
    assert page.status_code == 200
    assert contact.latin_given_name == ""


@pytest.mark.parametrize(
    ("make", "change"),
    [
        (OrganisationFactory, lambda row: Organisation.objects.update(sector="Shipping")),
        (EngagementFactory, lambda row: Engagement.objects.update(title="Changed")),
        (
            EngagementFactory,
            lambda row: Participation.objects.create(engagement=row, contact=ContactFactory()),
        ),
        (InteractionFactory, lambda row: Interaction.objects.update(summary="Changed")),
        (DocumentFactory, lambda row: type(row).objects.update(title="Changed")),
    ],
    ids=["organisation", "engagement", "participants", "interaction", "document"],
)
def test_every_record_that_is_edited_on_a_page_tells(make, change):
    row = make()
    client = browser()
    theirs = sent(client.get(address(row)))
    change(row)

    page = client.post(address(row), theirs)

    assert page.status_code == 200
    assert len(page.context["meanwhile"].fields) == 1


def test_no_value_goes_with_the_stamp():
    contact = ContactFactory(latin_given_name="Zephyrine")
    ContactPointFactory(contact=contact, value="zephyrine@example.com")

    stamps = {browser().get(address(contact)).context["read_as"] for _ in range(2)}

    assert len(stamps) == 2
    assert not any("ephyrine" in stamp for stamp in stamps)


def test_whoever_only_reads_has_no_stamp():
    page = browser(roles.AUDITOR).get(address(ContactFactory()))

    assert "read_as" not in page.rendered_content


@pytest.mark.clause("S51")
def test_an_address_given_for_an_order_is_not_widened_by_hand():
    point = ContactPointFactory(given_for="order")
    client = browser()
    values = sent(client.get(address(point.contact)))

    values["points-0-given_for"] = ""
    values["points-0-usage"] = "corporate"
    assert client.post(address(point.contact), values).status_code == 302

    point.refresh_from_db()
    assert (point.given_for, point.usage) == ("order", "corporate")
