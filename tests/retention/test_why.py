"""One sentence says why a record is still here and until when."""

import uuid
from datetime import date

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from crm.enums import EngagementState, RoleKind
from crm.models import Contact, Organisation, User
from privacy.enums import HoldReason, HoldScope
from privacy.models import LegalHold
from retention import why
from retention.errors import RecordUnknown
from retention.models import RetentionRule
from tests.retention import people

pytestmark = [pytest.mark.django_db, pytest.mark.both]
EVENT = date(2023, 6, 15)
TODAY = date(2026, 1, 1)


@pytest.fixture
def client_contact():
    return people.MAKERS["client"](EVENT)


@pytest.fixture
def hold(client_contact):
    officer = User.objects.create(username="dpo")
    return LegalHold.objects.create(
        scope=HoldScope.PERSON,
        subject=client_contact,
        matter="HCA-2026-1",
        reason=HoldReason.CLAIM,
        owner=officer,
        placed_by=officer,
        review_on=date(2030, 1, 1),
    )


def test_class_event_period_and_citation_are_named(client_contact):
    assert why.sentence(client_contact.uuid, TODAY) == (
        "Stays until 15 June 2029 as “client contact under contract”: 6 years from the last"
        " qualifying event on 15 June 2023 (policy S98; Cap 347 s.4(1)); what decided: whether a"
        " consultation or contract was arranged (S106)."
    )


def test_no_name_and_no_value_is_in_the_sentence(client_contact):
    assert client_contact.latin_family_name not in why.sentence(client_contact.uuid, TODAY)


def test_an_open_engagement_is_named(client_contact):
    people.engagement(client_contact, EngagementState.CONTRACT, EVENT)

    sentence = why.sentence(client_contact.uuid, TODAY)

    assert (
        "while a role of work, an engagement or an account of their own is open; 6 years from its end"
        in sentence
    )


def test_a_hold_is_named_after_the_period(client_contact, hold):
    sentence = why.sentence(client_contact.uuid, date(2030, 1, 1))

    assert sentence.startswith(
        "Its period as “client contact under contract” ended on 15 June 2029"
    )
    assert f"the hold or restriction {hold.reference} keeps it until it ends" in sentence


def test_a_person_who_is_due_goes_with_the_next_sweep(client_contact):
    sentence = why.sentence(client_contact.uuid, date(2030, 1, 1))

    assert sentence.startswith("Is due since 15 June 2029")
    assert "goes with the next sweep" in sentence


def test_a_statute_is_named_for_a_person_and_for_a_tombstone(client_contact):
    people.invoice(client_contact, EVENT)
    clause = "invoice references stay until 1 April 2031 by statute (Cap 112 s.51C"
    assert clause in why.sentence(client_contact.uuid, TODAY)

    client_contact.disposed_at = people.at_noon(TODAY)
    client_contact.save()

    sentence = why.sentence(client_contact.uuid, TODAY)
    assert sentence.startswith("Disposed of on 1 January 2026")
    assert clause in sentence


def test_a_row_names_its_own_period_and_its_person(client_contact):
    row = people.interaction(client_contact, date(2022, 1, 1))

    sentence = why.sentence(row.uuid, TODAY)

    assert sentence.startswith("Stays until 1 January 2028 at the latest: 6 years")
    assert "Stays until 15 June 2029 as “client contact under contract”" in sentence


def test_a_record_about_nobody_says_so():
    firm = Organisation.objects.create(name="Harbour Works")

    assert why.sentence(firm.uuid, TODAY).startswith("Stays: it is not about a person")


@pytest.mark.parametrize("reference", [uuid.uuid4(), "no-reference"])
def test_an_unknown_reference_is_refused_in_one_sentence(reference):
    with pytest.raises(RecordUnknown, match=r"^No record has this reference\.$"):
        why.sentence(reference, TODAY)


def test_the_command_prints_the_sentence(client_contact, capsys):
    people.role(client_contact, RoleKind.EMPLOYEE, EVENT)

    call_command("why", str(client_contact.uuid))

    assert (
        "while a role of work, an engagement or an account of their own is open"
        in capsys.readouterr().out
    )


def test_the_command_refuses_an_unknown_reference():
    with pytest.raises(CommandError, match="No record has this reference"):
        call_command("why", "nobody")


@pytest.fixture
def shortened():
    """A rule of one year for people in Germany, in effect since two weeks before."""
    author, approver = (User.objects.create(username=name) for name in ("author", "approver"))
    return RetentionRule.objects.create(
        keep="crm.Contact:client",
        years=1,
        scope={"country": ["DE"], "accuracy": ["unconfirmed"]},
        decision="DEC-2025-7",
        effective_on=date(2025, 12, 18),
        prepared_by=author,
        approved_by=approver,
        approved_at=people.at_noon(date(2025, 12, 1)),
    )


def test_the_rule_that_shortened_and_its_criteria_are_named(client_contact, shortened):
    Contact.objects.filter(pk=client_contact.pk).update(residence_country="DE")

    sentence = why.sentence(client_contact.uuid, TODAY)

    # The period ended in 2024, but the rule began later.
    assert sentence.startswith("Is due since 18 December 2025")
    assert f"shortened by the rule {shortened.code} (DEC-2025-7), in effect since" in sentence
    assert "what decided: its perceived accuracy (S104), country, sector and job role" in sentence


def test_a_rule_about_others_is_not_named(client_contact, shortened):
    Contact.objects.filter(pk=client_contact.pk).update(residence_country="HK")

    assert "shortened" not in why.sentence(client_contact.uuid, TODAY)


def test_before_its_day_a_rule_is_not_named(client_contact, shortened):
    Contact.objects.filter(pk=client_contact.pk).update(residence_country="DE")

    assert "shortened" not in why.sentence(client_contact.uuid, date(2025, 12, 17))


@pytest.mark.parametrize(
    ("make", "criterion"),
    [
        (lambda who: people.interaction(who, EVENT), "the nature of the personal data (S103)"),
        (people.refreshed, "whether a consultation or contract was arranged (S106)"),
    ],
)
@pytest.mark.clause("S103", "S106")
def test_each_sentence_names_what_decided(client_contact, make, criterion):
    sentence = why.sentence(make(client_contact).uuid, TODAY)

    assert f"what decided: {criterion}" in sentence


def test_an_ended_purpose_is_the_reason(client_contact, shortened):
    RetentionRule.objects.update(keep="", years=0, scope={}, activity="business contacts")

    sentence = why.sentence(client_contact.uuid, TODAY)

    assert sentence.startswith("Is due since 18 December 2025, unless a statute or a hold keeps")
    assert "its last purpose, “business contacts”, ended (S97" in sentence
