"""A restricted person is absent from every page, for every role; nothing that protects them is.

Each page is crawled twice: before the restriction, which proves that the person would be seen
there, and while it is in force (Art. 18(2), S125; DESIGN 14).
"""

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from config import roles
from crm.enums import RoleKind
from crm.errors import ExportRefused
from crm.exports import steps
from crm.models import Contact, DuplicatePair, ExportSelection
from privacy import consent, dispatch, inventory, notices, restriction, suppression
from privacy.enums import Channel, ConsentMethod, RestrictionGround, Verdict
from tests.config.test_permissions import member
from tests.factories.crm import (
    ContactFactory,
    ContactPointFactory,
    DocumentFactory,
    EngagementFactory,
    FollowUpFactory,
    InteractionFactory,
    OrganisationFactory,
    ParticipationFactory,
    RoleFactory,
    TeamFactory,
)
from tests.factories.privacy import DispatchFactory, LegalEntityFactory, NoticeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]

NAME, ADDRESS, SAID, FILED = "Quillfeather", "zephyrine@example.com", "sardonyx", "chrysoprase"
PLANTED = (NAME, ADDRESS, SAID, FILED)
# Relations whose widget asks the console for people by name.
ASKED_FOR = (
    ("crm", "participation", "contact"),
    ("crm", "interaction", "contact"),
    ("crm", "document", "contact"),
)
# What is searched for is its beginning: a page that repeats the question shows nobody by that.
# Who sees the most of people, and of whom.
SEES_PEOPLE = {roles.OFFICER, roles.STAFF, roles.HR}


@pytest.fixture
def team():
    return TeamFactory(name="Ours")


@pytest.fixture
def ann(team):
    """Somebody whom every role may see, and who stands in every list of people's things."""
    NoticeFactory()
    firm = OrganisationFactory(name="Firm of theirs")
    contact = ContactFactory(team=team, latin_family_name=NAME, name_key=NAME.casefold())
    Contact.objects.filter(pk=contact.pk).update(search_text=f"{NAME.casefold()} {ADDRESS}")
    ContactPointFactory(contact=contact, value=ADDRESS)
    for kind in (RoleKind.CLIENT, RoleKind.SUPPLIER, RoleKind.EMPLOYEE):
        RoleFactory(contact=contact, kind=kind, organisation=firm)
    engagement = EngagementFactory(organisation=firm)
    ParticipationFactory(contact=contact, engagement=engagement)
    InteractionFactory(contact=contact, engagement=engagement, summary=SAID, body=SAID)
    DocumentFactory(contact=contact, title=FILED, engagement=engagement)
    FollowUpFactory(contact=contact)
    DuplicatePair.objects.create(
        first=contact, second=ContactFactory(team=team), score=90, reasons="email"
    )
    consent.record(
        contact,
        purpose="newsletter",
        channel=Channel.EMAIL,
        method=ConsentMethod.ONLINE,
        wording_text="Yes, write to me.",
        notice=notices.in_force(on=timezone.localdate()),
        evidence="form 12",
        by=None,
    )
    return Contact.objects.get(pk=contact.pk)


def restrict(person):
    return restriction.place(
        person, ground=RestrictionGround.ACCURACY, received_on=timezone.localdate(), by=None
    )


def pages(engagement, firm):
    """The address of every list, its search, the pages of what they took part in, the rest."""
    found = [
        reverse("admin:index"),
        reverse("admin:due_list"),
        reverse("admin:untold_list"),
        reverse("admin:letters_list"),
    ]
    for model, page in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        found += [reverse(f"{name}_changelist"), reverse(f"{name}_changelist") + f"?q={NAME[:6]}"]
        found += (
            [reverse(f"{name}_{one.name}") for one in page.operations if one.on_list]
            if (hasattr(page, "operations"))
            else []
        )
    found += [
        f"{reverse('admin:autocomplete')}?term={NAME[:6]}&app_label={app}&model_name={model}"
        f"&field_name={field}"
        for app, model, field in ASKED_FOR
    ]
    found += [
        reverse("admin:crm_engagement_change", args=[engagement]),
        reverse("admin:crm_engagement_history", args=[engagement]),
        reverse("admin:crm_organisation_change", args=[firm]),
        f"{reverse('admin:crm_contact_changelist')}?organisation={firm}",
        f"{reverse('admin:crm_contact_changelist')}?q={ADDRESS[:6]}",
        f"{reverse('admin:crm_interaction_changelist')}?q={SAID[:6]}",
        f"{reverse('admin:crm_document_changelist')}?q={FILED[:6]}",
    ]
    return found


def crawl(client, person):
    """The pages on which something of the person stands."""
    engagement = person.engagements.get()
    seen = {}
    for address in pages(engagement.pk, engagement.organisation_id):
        response = client.get(address)
        if response.status_code != 200:
            continue
        text = response.content.decode()
        if words := [word for word in PLANTED if word in text]:
            seen[address] = words
    return seen


@pytest.mark.clause("S125")
@pytest.mark.parametrize("role", sorted(roles.ROLES))
def test_no_page_shows_a_restricted_person_to_any_role(client, ann, team, role):
    user = member(role, team=team)
    Contact.objects.filter(pk=ann.pk).update(owner=user)
    ann.follow_ups.update(owner=user)
    client.force_login(user)
    before = crawl(client, ann)
    restrict(ann)

    assert crawl(client, ann) == {}
    if role in SEES_PEOPLE:
        assert {word for words in before.values() for word in words} >= {NAME}
        assert len(before) > 1, before


@pytest.mark.clause("S125")
def test_nothing_is_chosen_exported_sent_or_edited_of_a_restricted_person(ann, team):
    officer = member(roles.OFFICER, team=team)
    LegalEntityFactory()
    draft = DispatchFactory(entity=LegalEntityFactory._meta.model.objects.get())
    restrict(ann)
    everybody = Contact.objects.filter(pk=ann.pk)

    with pytest.raises(ExportRefused, match="Nobody is left"):
        steps.choose(everybody, by=officer)
    assert not ExportSelection.objects.exists()
    counts = dispatch.address(draft, [ann.pk], by=officer)
    assert counts == {str(Verdict.RESTRICTED): 1} and not draft.deliveries.exists()
    assert ann not in Contact.objects.usable()


@pytest.mark.clause("S125")
def test_what_protects_a_restricted_person_sees_them_as_ever(ann):
    restrict(ann)

    points = suppression.points_about([ann.pk])[ann.pk]
    assert [point.value for point in points] == [ADDRESS]
    found = {
        model
        for model, holding in inventory.registry.holdings.items()
        if holding.path and holding.rows_about([ann.pk]).exists()
    }
    assert {"crm.contactpoint", "crm.interaction", "crm.document", "privacy.restriction"} <= found
    assert ann in Contact.objects.all() and ann in Contact.objects.living()
