"""Registers: trackers, processors, and in which role the firm holds whose data."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from config import roles
from crm import clients_data
from privacy import parties, ropa, trackers
from privacy.enums import FirmRole, HoldScope, PartyRole, Safeguard, TrackerUse
from privacy.errors import PrivacyError
from privacy.models import RoleOfFirm
from privacy.public.urls import urlpatterns
from tests.crm.importing import member
from tests.factories.crm import (
    ContactFactory,
    EngagementFactory,
    OrganisationFactory,
    ParticipationFactory,
    RoleFactory,
    UserFactory,
)
from tests.factories.privacy import (
    LegalEntityFactory,
    NoticeFactory,
    ProcessorFactory,
    TrackerFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]

DAY = date(2026, 3, 1)
CLIENT_TERMS = {
    "role": FirmRole.PROCESSOR,
    "kinds": ["identity", "contact"],
    "since": DAY,
    "contact": "privacy@client.example.com",
}


# --- cookies and trackers ------------------------------------------------------------------------


@pytest.mark.clause("S78", "S82")
def test_no_page_sets_a_cookie_that_is_not_in_the_register():
    NoticeFactory()
    known = {own.name: own for own in trackers.OWN if own.is_cookie}
    visitor, colleague = Client(), Client()
    colleague.force_login(member())
    for language in ("en", "zh-hant"):
        with translation.override(language):
            pages = [reverse(f"public:{p.name}") for p in urlpatterns if "<" not in str(p.pattern)]
        for page in pages:
            visitor.get(page)
            visitor.post(page, {"email": "nobody@example.com"})
    for page in ("admin:index", "admin:crm_contact_changelist", "admin:crm_contact_add"):
        colleague.get(reverse(page))
    Client().get(reverse("admin:login"))

    assert set(visitor.cookies) <= {own.name for own in trackers.public()}
    assert set(colleague.cookies) <= set(known)
    assert "sessionid" in colleague.cookies and "csrftoken" in visitor.cookies
    for name, morsel in {**visitor.cookies, **colleague.cookies}.items():
        days = -(-int(morsel["max-age"] or 0) // 86_400)
        assert days <= known[name].days, name


@pytest.mark.clause("S78")
@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_the_public_page_names_each_of_them_with_its_use_and_days(language):
    TrackerFactory(name="_stats", days=390, since=DAY)
    TrackerFactory(
        name="_pixel",
        use=TrackerUse.ADVERTISING,
        is_third_party=True,
        party="social.example.com",
    )
    TrackerFactory(name="_gone", since=DAY, until=DAY)
    with translation.override(language):
        address = reverse("public:cookies")
        uses = [str(TrackerUse(use).label) for use in ("analytics", "advertising", "security")]

    page = Client().get(address).content.decode()

    for word in ("csrftoken", "_stats", "_pixel", "social.example.com", "390"):
        assert word in page
    assert all(use.lower() in page.lower() for use in uses)
    assert "_gone" not in page and "sessionid" not in page


def test_the_policys_eight_uses_are_the_ones_to_choose_from():
    assert len(TrackerUse) == 8


@pytest.mark.clause("S19")
def test_an_officer_enters_a_cookie_and_a_colleague_may_not(client):
    address = reverse("admin:privacy_tracker_add")
    said = {
        "name": "_stats",
        "party": "www.example.com",
        "use": "analytics",
        "days": "390",
        "since": "2026-03-01",
    }
    client.force_login(member(roles.STAFF))
    assert client.post(address, said).status_code == 403
    client.force_login(member())
    assert client.post(address, said).status_code == 302

    assert [one.name for one in trackers.in_use()] == ["_stats"]


# --- processors ----------------------------------------------------------------------------------


def test_a_processor_without_a_contract_is_refused_by_the_database_itself():
    for role in (PartyRole.PROCESSOR, PartyRole.SUBPROCESSOR):
        with pytest.raises(IntegrityError), transaction.atomic():
            ProcessorFactory(role=role, contract_on=None)
    ProcessorFactory(role=PartyRole.CONTROLLER, contract_on=None)


@pytest.mark.clause("S145")
def test_the_record_names_processors_their_country_and_what_protects_the_way_there():
    ProcessorFactory(name="Example Hosting Ltd", safeguard=Safeguard.CLAUSES)
    ProcessorFactory(name="Gone Ltd", until=timezone.localdate() - timedelta(days=1))
    LegalEntityFactory(representative="Example Representative SA", protection_officer="the DPO")

    record = ropa.record()

    (one,) = record.processors
    assert (one["name"], one["country"]) == ("Example Hosting Ltd", "SG")
    assert one["safeguard"] == "standard contractual clauses (Art. 46(2)(c))"
    ProcessorFactory(name="Later Ltd", since=timezone.localdate() + timedelta(days=90))
    assert ropa.record().processors == record.processors
    written = ropa.as_csv(record)
    for word in ("Example Hosting Ltd (SG)", "Example Representative SA", "the DPO", "keyed"):
        assert word in written
    page = ropa.as_html(record)
    for word in ("Example Hosting Ltd", "Example Representative SA", "the DPO", "Gone Ltd"):
        assert (word in page) is (word != "Gone Ltd")


# --- in which role -------------------------------------------------------------------------------


@pytest.mark.clause("S145")
def test_the_role_follows_the_organisation_or_engagement_and_is_a_controllers_otherwise():
    firm, engagement = OrganisationFactory(), EngagementFactory()
    of_firm, of_work, own = (ContactFactory() for _n in range(3))
    RoleFactory(contact=of_firm, organisation=firm)
    ParticipationFactory(contact=of_work, engagement=engagement)
    by = UserFactory()
    clients_data.name_role(firm, **CLIENT_TERMS, by=by)
    clients_data.name_role(
        engagement, **(CLIENT_TERMS | {"role": FirmRole.JOINT, "controller": "Partner Ltd"}), by=by
    )

    found = parties.roles_for([of_firm.pk, of_work.pk, own.pk])

    assert [(one.role, one.controller) for one in found[of_firm.pk]] == [("processor", firm.name)]
    assert [(one.role, one.controller) for one in found[of_work.pk]] == [("joint", "Partner Ltd")]
    assert found[own.pk] == []
    assert parties.roles_for([of_firm.pk], on=DAY - timedelta(days=1)) == {of_firm.pk: []}
    assert {one.controller for one in ropa.record().clients} == {firm.name, "Partner Ltd"}
    for written in (ropa.as_csv(ropa.record()), ropa.as_html(ropa.record())):
        assert firm.name in written and CLIENT_TERMS["contact"] in written


def test_one_role_at_a_time_and_a_later_one_ends_it_the_day_before():
    firm, by = OrganisationFactory(), UserFactory()
    clients_data.name_role(firm, **CLIENT_TERMS, by=by)
    later = CLIENT_TERMS | {"since": DAY + timedelta(days=30)}
    clients_data.name_role(firm, **later, by=by)
    first, second = RoleOfFirm.objects.order_by("pk")
    assert (first.until, second.until) == (DAY + timedelta(days=29), None)
    with pytest.raises(PrivacyError, match="take a later"):
        clients_data.name_role(firm, **later, by=by)

    clients_data.name_role(
        firm, role=FirmRole.CONTROLLER, kinds=[], since=DAY + timedelta(days=60), by=by
    )
    assert not parties.roles_in_force(on=DAY + timedelta(days=60)).exists()
    # What went before is not changed from behind.
    for day in (30, 0, -30):
        with pytest.raises(PrivacyError, match="take a later"):
            clients_data.name_role(
                firm, **(CLIENT_TERMS | {"since": DAY + timedelta(days=day)}), by=by
            )
    with pytest.raises(IntegrityError), transaction.atomic():
        for _n in range(2):
            RoleOfFirm.objects.create(
                scope=HoldScope.ORGANISATION, scope_reference=firm.uuid, role="joint", since=DAY
            )


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"contact": ""}, "to which mailbox"),
        ({"kinds": []}, "kinds of data"),
        ({"kinds": ["gossip"]}, "gossip"),
    ],
)
def test_a_role_that_does_not_say_enough_is_refused(changed, sentence):
    with pytest.raises((PrivacyError, ValueError), match=sentence):
        clients_data.name_role(OrganisationFactory(), **(CLIENT_TERMS | changed), by=UserFactory())
    assert not RoleOfFirm.objects.exists()


@pytest.mark.clause("S145")
def test_the_persons_page_says_where_their_requests_go(client):
    firm = OrganisationFactory(name="Client Ltd")
    contact = RoleFactory(organisation=firm).contact
    address = reverse("admin:crm_contact_change", args=[contact.pk])
    client.force_login(member())
    assert "privacy@client.example.com" not in client.get(address).content.decode()

    clients_data.name_role(firm, **CLIENT_TERMS, by=UserFactory())

    page = client.get(address).content.decode()
    assert "privacy@client.example.com" in page and "Processor for a client" in page


def test_roles_of_many_people_cost_no_more_than_of_few():
    firm = OrganisationFactory()
    clients_data.name_role(firm, **CLIENT_TERMS, by=UserFactory())
    costs = []
    for size in (3, 60):
        pks = [RoleFactory(organisation=firm).contact_id for _n in range(size)]
        with CaptureQueriesContext(connection) as queries:
            parties.roles_for(pks)
        costs.append(len(queries))

    assert costs == [3, 3]


def test_an_officer_says_it_on_the_page_of_the_work(client):
    engagement = EngagementFactory(organisation=OrganisationFactory(name="Client Ltd"))
    address = reverse("admin:crm_engagement_whose_data", args=[engagement.pk])
    said = {
        "role": "processor",
        "kinds": ["identity"],
        "contact": "privacy@client.example.com",
        "since": "2026-03-01",
    }
    client.force_login(member(roles.ASSISTANT))
    assert client.post(address, said).status_code == 403
    client.force_login(member())
    assert client.post(address, said).status_code == 302

    assert RoleOfFirm.objects.get().controller == "Client Ltd"
    assert (
        "Client Ltd" in client.get(reverse("admin:privacy_roleoffirm_changelist")).content.decode()
    )
