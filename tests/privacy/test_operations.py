"""Acts of the console: shown by GET, done by POST, refused to whoever may not."""

from datetime import date

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.urls import reverse

from config import roles
from privacy import holds, suppression
from privacy.enums import HoldReason, PointKind, SuppressionScope
from privacy.models import Finding, JournalEntry, LegalHold, SuppressionEntry
from privacy.points import Point
from tests.factories.crm import ContactFactory, ContactPointFactory, UserFactory

SOON = date(2027, 3, 1)


@pytest.fixture
def officer(db):
    user = UserFactory()
    user.groups.add(Group.objects.get(name=roles.OFFICER))
    return user


@pytest.fixture
def assistant(db):
    user = UserFactory()
    user.groups.add(Group.objects.get(name=roles.ASSISTANT))
    return user


def act(name, *args):
    return reverse(f"admin:{name}", args=args)


@pytest.fixture
def acts(officer):
    """Every operation of NAMES: address, what its form is sent, the entry that it leaves."""
    contact = ContactFactory()
    ContactPointFactory(contact=contact)
    case = suppression.suppress(
        [Point(PointKind.EMAIL, "other@example.com")],
        scope=SuppressionScope.NO_REENTRY,
        by=officer,
    )
    entry = SuppressionEntry.objects.get(case=case)
    hold = holds.place(
        ContactFactory(),
        matter="HCA-1",
        reason=HoldReason.CLAIM,
        owner=officer,
        review_on=SOON,
        by=officer,
    )
    finding = Finding.objects.create(subject_reference=contact.uuid, place="t.c")
    matter = {"matter": "HCA-2", "reason": "claim", "review_on": "2027-03-01"}
    point = {"kind": "phone", "value": "+852 5123 4567", "scope": "no_reentry"}
    scope = {"scope": "organisation", "scope_reference": str(contact.uuid)}
    return {
        "crm_contact_suppress": (
            act("crm_contact_suppress", contact.pk),
            {"scope": "no_reentry"},
            "suppression.suppress",
        ),
        "crm_contact_hold": (act("crm_contact_hold", contact.pk), matter, "hold.place"),
        "privacy_suppressionentry_suppress": (
            act("privacy_suppressionentry_suppress"),
            point,
            "suppression.suppress",
        ),
        "privacy_suppressionentry_lift": (
            act("privacy_suppressionentry_lift", entry.pk),
            {"requested": "on"},
            "suppression.lift",
        ),
        "privacy_legalhold_place": (
            act("privacy_legalhold_place"),
            {**matter, **scope},
            "hold.place",
        ),
        "privacy_legalhold_review": (
            act("privacy_legalhold_review", hold.pk),
            {"review_on": "2099-03-01"},
            "hold.review",
        ),
        "privacy_legalhold_release": (
            act("privacy_legalhold_release", hold.pk),
            {},
            "hold.release",
        ),
        "privacy_finding_settle": (
            act("privacy_finding_settle", finding.pk),
            {},
            "finding.settle",
        ),
    }


# What suppresses, holds, lifts, releases or settles, as the site itself offers it.
PERMISSIONS = {
    f"privacy.{codename}"
    for codename in (
        "suppress",
        "lift_suppression",
        "place_hold",
        "release_hold",
        "settle_finding",
    )
}
NAMES = sorted(
    f"{model._meta.app_label}_{model._meta.model_name}_{operation.name}"
    for model, page in admin.site._registry.items()
    if not model._meta.proxy
    for operation in getattr(page, "operations", ())
    if operation.permission in PERMISSIONS
)


@pytest.mark.parametrize("name", NAMES)
def test_get_shows_the_form_and_changes_nothing(client, officer, acts, name):
    client.force_login(officer)
    before = JournalEntry.objects.count()

    response = client.get(acts[name][0])

    assert response.status_code == 200
    assert JournalEntry.objects.count() == before


@pytest.mark.parametrize("name", NAMES)
def test_post_acts_and_leaves_a_journal_entry(client, officer, acts, name):
    address, values, verb = acts[name]
    client.force_login(officer)
    before = JournalEntry.objects.count()

    response = client.post(address, values)

    assert response.status_code == 302
    assert JournalEntry.objects.count() == before + 1
    entry = JournalEntry.objects.latest("number")
    assert (entry.verb, entry.actor) == (verb, f"user:{officer.pk}")


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", NAMES)
def test_whoever_lacks_the_permission_is_refused(client, assistant, acts, name, method):
    client.force_login(assistant)
    before = JournalEntry.objects.count()

    response = getattr(client, method)(acts[name][0], acts[name][1])

    assert response.status_code == 403
    assert JournalEntry.objects.count() == before


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", NAMES)
def test_whoever_is_not_signed_in_is_sent_to_the_login(client, acts, name, method):
    response = getattr(client, method)(acts[name][0], acts[name][1])

    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/")


@pytest.mark.parametrize(
    "name",
    [
        "crm_contact_hold",
        "privacy_suppressionentry_lift",
        "privacy_suppressionentry_suppress",
        "privacy_legalhold_place",
        "privacy_legalhold_review",
    ],
)
def test_an_incomplete_form_is_shown_again(client, officer, acts, name):
    client.force_login(officer)
    before = JournalEntry.objects.count()

    assert client.post(acts[name][0], {}).status_code == 200
    assert JournalEntry.objects.count() == before


def test_a_refusal_is_a_message_and_changes_nothing(client, officer, acts):
    client.force_login(officer)
    client.post(acts["privacy_legalhold_release"][0])

    response = client.post(acts["privacy_legalhold_release"][0], follow=True)

    *_first, message = response.context["messages"]
    assert message.level_tag == "error"
    assert "released already" in str(message)
    assert LegalHold.objects.exclude(released_at=None).count() == 1


def test_a_person_without_a_contact_point_cannot_be_suppressed(client, officer):
    contact = ContactFactory()
    client.force_login(officer)

    response = client.post(
        act("crm_contact_suppress", contact.pk), {"scope": "no_reentry"}, follow=True
    )

    (message,) = response.context["messages"]
    assert message.level_tag == "error"
    assert not SuppressionEntry.objects.exists()


def test_a_matter_that_is_a_name_is_refused_by_the_form(client, officer):
    contact = ContactFactory()
    client.force_login(officer)
    values = {"matter": "Quillfeather v us", "reason": "claim", "review_on": "2027-03-01"}

    response = client.post(act("crm_contact_hold", contact.pk), values)

    assert response.status_code == 200
    assert not LegalHold.objects.exists()


def test_an_act_is_offered_only_where_it_applies(client, officer, assistant, acts):
    hold = LegalHold.objects.get()
    page = act("privacy_legalhold_change", hold.pk)
    client.force_login(officer)
    assert act("privacy_legalhold_release", hold.pk) in client.get(page).content.decode()

    holds.release(hold, by=officer)
    assert act("privacy_legalhold_release", hold.pk) not in client.get(page).content.decode()

    client.force_login(assistant)
    lift = acts["privacy_suppressionentry_lift"][0]
    assert lift not in client.get(lift.replace("lift", "change")).content.decode()


def test_what_the_console_logs_of_an_act_is_a_reference(client, officer, acts):
    contact = ContactFactory(latin_family_name="Quillfeather")
    ContactPointFactory(contact=contact)
    client.force_login(officer)

    client.post(act("crm_contact_suppress", contact.pk), {"scope": "no_reentry"})

    entry = LogEntry.objects.get()
    assert (entry.object_repr, entry.change_message) == (
        str(contact.uuid),
        "operation suppress",
    )


def test_no_page_shows_a_digest(client, officer, acts):
    client.force_login(officer)

    for entry in SuppressionEntry.objects.all():
        for page in (
            act("privacy_suppressionentry_changelist"),
            act("privacy_suppressionentry_change", entry.pk),
        ):
            assert entry.digest not in client.get(page).content.decode()
