"""The policy's smaller promises about purposes: what each may see, when it ends, how one objects."""

from datetime import date

import pytest
from django.utils import timezone

from privacy import consent, gate, purposes
from privacy.enums import Basis, Channel, ConsentMethod, Kind, Verdict
from privacy.models import Purpose
from tests.factories.crm import ContactFactory, ContactPointFactory, UserFactory
from tests.factories.privacy import NoticeFactory, weigh

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def weighings():
    return weigh()


WHO = {Kind.IDENTITY, Kind.CONTACT}


def declared(key):
    return next(one for one in purposes.DECLARED if one.key == key)


@pytest.mark.constant("S44", "S46", "S55", "S66", "S69", "S72")
@pytest.mark.parametrize(
    ("key", "months"),
    [
        ("service-improvement", 13),
        ("business-intelligence", 24),
        ("profiling", 13),
        ("personalisation", 24),
        ("web-analytics", 13),
        ("product-development", 24),
    ],
)
def test_what_counts_predicts_or_improves_has_no_name_and_no_address(key, months):
    one = declared(key)

    assert not set(one.kinds) & (WHO | {Kind.CORRESPONDENCE, Kind.DOCUMENT})
    assert one.months == Purpose.objects.get(key=key).months == months
    assert not one.channels


@pytest.mark.constant("S55", "S69")
@pytest.mark.parametrize("key", ["profiling", "web-analytics"])
def test_the_gate_gives_nobodys_name_to_a_profile_or_a_counter(key):
    contact = ContactFactory()

    answers = {
        bool(uses): gate.may(contact, purpose=key, uses=uses).verdict
        for uses in ({Kind.IDENTITY}, set())
    }

    assert answers == {True: Verdict.COMBINATION, False: Verdict.BY_INTERESTS}


@pytest.mark.constant("S42", "S70", "S80")
@pytest.mark.parametrize("key", ["profiling", "customer-history", "interest-advertising"])
def test_a_profile_a_score_and_advertising_stop_at_an_objection_that_no_cookie_holds(key):
    contact, other = ContactFactory(), ContactFactory()

    consent.object_to(
        contact, purpose=key, method=ConsentMethod.ONLINE, by=None, at=timezone.now()
    )

    assert not gate.may(contact, purpose=key).is_yes
    assert gate.may(other, purpose=key).is_yes


@pytest.mark.constant("S43", "S67")
def test_support_rests_on_the_contract_and_is_monitored_for_two_years_at_most():
    support, monitoring = declared("customer-support"), declared("monitoring")

    assert support.basis == Basis.CONTRACT
    assert monitoring.basis == Basis.LEGITIMATE_INTERESTS
    assert monitoring.kinds == (Kind.CORRESPONDENCE,)
    assert (support.months, monitoring.months) == (24, 24)
    assert gate.may(
        ContactFactory(), purpose="customer-support", channel=Channel.EMAIL
    ).verdict is (Verdict.NO_DEALING)


@pytest.mark.clause("S62")
def test_security_goes_on_where_marketing_was_overridden():
    purposes.switch_off(purposes.named("marketing"), by=UserFactory())

    left = {purpose.key for purpose in purposes.in_use(on=timezone.localdate())}

    assert {"security", "fraud"} <= left
    assert "marketing" not in left


@pytest.mark.constant("S47")
def test_a_contest_that_is_over_reaches_nobody_and_keeps_nothing_beyond_a_year():
    notice = NoticeFactory()
    contact = ContactPointFactory(value="amara@example.com").contact
    consent.record(
        contact,
        purpose="contest",
        channel=Channel.EMAIL,
        method=ConsentMethod.ONLINE,
        at=timezone.now(),
        wording_text="Let me take part.",
        notice=notice,
        evidence="form 12",
        valid_until=date(2099, 1, 31),
        by=None,
    )
    asked = {"purpose": "contest", "channel": Channel.EMAIL}

    assert gate.may(contact, **asked, on=date(2099, 1, 31)).is_yes
    assert gate.may(contact, **asked, on=date(2099, 2, 1)).verdict is Verdict.EXPIRED
    assert Purpose.objects.get(key="contest").months == 12
