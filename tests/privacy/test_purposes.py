"""Each purpose has one basis; the policy's table of legitimate interests has ten rows (C1)."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from privacy import journal, purposes
from privacy.enums import Basis, Channel, Kind, Nature, Outcome
from privacy.errors import AppendOnly, PrivacyError, TransitionRefused
from privacy.models import Purpose
from tests.factories.crm import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def test_every_declared_purpose_has_its_row_after_a_migration():
    stored = {purpose.key: purpose for purpose in Purpose.objects.all()}

    assert stored.keys() == {declared.key for declared in purposes.DECLARED}
    assert stored["orders"].recipients == ["processor", "supplier", "bank"]
    assert stored["provision"].recipients == ["partner"]
    assert stored["profiling"].recipients == []
    for declared in purposes.DECLARED:
        row = stored[declared.key]
        row.full_clean()
        assert set(row.channels) <= set(Channel.values)
        assert set(row.kinds) <= set(Kind.values)
        assert row.basis == declared.basis
        # What sends something says by which channel; what sends nothing has none.
        assert bool(row.channels) == (row.nature in {Nature.SERVICE, Nature.MARKETING})


def test_the_table_of_legitimate_interests_has_ten_rows():
    assert len(purposes.INTERESTS) == 10
    assert {row.basis for row in purposes.INTERESTS} == {Basis.LEGITIMATE_INTERESTS}
    assert [row.clause.split()[-1] for row in purposes.INTERESTS] == [
        f"S{number}" for number in range(64, 74)
    ]


def test_what_an_office_decided_is_not_overwritten_and_what_is_missing_comes_back():
    Purpose.objects.filter(key="profiling").update(review_on="2027-01-01", months=6)
    Purpose.objects.filter(key="contest").delete()

    purposes.store()

    assert Purpose.objects.get(key="profiling").months == 6
    assert Purpose.objects.filter(key="contest").exists()


@pytest.mark.parametrize("basis", ["", Basis.LEGAL_OBLIGATION])
@pytest.mark.constant("S37", "S39")
def test_the_database_itself_refuses_a_purpose_without_basis_or_statute(basis):
    with pytest.raises(IntegrityError), transaction.atomic():
        Purpose.objects.create(
            key="x", title_en="X", title_zh_hant="某", nature="internal", basis=basis
        )


def test_an_unknown_purpose_is_refused_with_a_sentence():
    with pytest.raises(PrivacyError, match="not known"):
        purposes.named("telepathy")


def test_a_purpose_is_called_by_its_name_in_the_readers_language(settings):
    from django.utils import translation

    purpose = purposes.named("newsletter")

    with translation.override("zh-hant"):
        assert purpose.title == "電子通訊及公司消息"
    with translation.override("en"):
        assert purpose.title == "Newsletter and company news"


def test_a_purpose_is_switched_off_at_once_and_on_again_with_a_review_date():
    purpose, officer = purposes.named("profiling"), UserFactory()

    off = purposes.switch_off(purpose, by=officer)
    assert off.off_since == timezone.localdate()
    with pytest.raises(TransitionRefused, match="already"):
        purposes.switch_off(purpose, by=officer)
    with pytest.raises(PrivacyError, match="still to come"):
        purposes.switch_on(purpose, review_on=timezone.localdate(), by=officer)

    assert purposes.switch_on(purpose, review_on=date(2099, 1, 1), by=officer).off_since is None
    assert journal.head().verb == "purpose.switch_on"


PARTS = {
    "interest": "To know what clients need.",
    "necessity": "Dealings alone tell it.",
    "impact": "Better offers; some feel watched.",
    "safeguards": "A pseudonym, and an objection at any time.",
}


def assess(purpose, outcome=Outcome.PASSED, by=None, **facts):
    facts = {**PARTS, "review_on": date(2099, 1, 1), **facts}
    return purposes.assess(purpose, outcome=outcome, by=by or UserFactory(), **facts)


@pytest.mark.clause("S60")
def test_a_weighing_is_kept_and_sets_the_review_date():
    purpose = purposes.named("profiling")

    assess(purpose)
    weigher = UserFactory()
    assess(purpose, review_on=date(2098, 1, 1), by=weigher)
    purpose.refresh_from_db()
    assert purpose.review_on is None
    with pytest.raises(TransitionRefused, match="a second person"):
        purposes.approve_assessment(purpose, by=weigher)
    purposes.approve_assessment(purpose, by=UserFactory())
    with pytest.raises(TransitionRefused, match="no weighing"):
        purposes.approve_assessment(purpose, by=UserFactory())

    purpose.refresh_from_db()
    assert purpose.review_on == date(2098, 1, 1)
    assert purpose.off_since is None
    assert purpose.assessments.count() == 2
    with pytest.raises(AppendOnly):
        purpose.assessments.update(outcome=Outcome.OVERRIDDEN)


@pytest.mark.clause("S61")
def test_overridden_interests_switch_the_purpose_off_until_they_are_weighed_anew():
    purpose = purposes.named("profiling")

    assess(purpose, Outcome.OVERRIDDEN)
    purpose.refresh_from_db()
    assert purpose.off_since == timezone.localdate()
    with pytest.raises(TransitionRefused, match="weigh them anew"):
        purposes.switch_on(purpose, review_on=date(2099, 1, 1), by=UserFactory())

    assess(purpose)
    purpose.refresh_from_db()
    with pytest.raises(TransitionRefused, match="second person approves"):
        purposes.switch_on(purpose, review_on=date(2099, 1, 1), by=UserFactory())
    purposes.approve_assessment(purpose, by=UserFactory())
    # To pass is no act of its own: somebody decides to use it again.
    assert purpose.off_since
    assert not purposes.switch_on(purpose, review_on=date(2099, 1, 1), by=UserFactory()).off_since


@pytest.mark.parametrize(
    ("key", "facts", "sentence"),
    [
        ("newsletter", {}, "this basis is another"),
        ("profiling", {"impact": " "}, "all four"),
        ("profiling", {"review_on": date(2020, 1, 1)}, "still to come"),
    ],
)
@pytest.mark.clause("S60")
def test_a_weighing_that_weighs_nothing_is_refused(key, facts, sentence):
    with pytest.raises(PrivacyError, match=sentence):
        assess(purposes.named(key), **facts)


def test_an_officer_weighs_on_the_purposes_own_page(client):
    officer = UserFactory(is_superuser=True)
    client.force_login(officer)
    purpose = purposes.named("monitoring")
    page = reverse("admin:privacy_purpose_assess", args=[purpose.pk])

    assert "none yet" in client.get(page).content.decode()
    client.post(page, {**PARTS, "outcome": "overridden", "review_on": "2099-01-01"})

    purpose.refresh_from_db()
    assert purpose.off_since
    assert "A pseudonym" in client.get(page).content.decode()
    shown = reverse("admin:privacy_purpose_change", args=[purpose.pk])
    assert "overridden" in client.get(shown).content.decode()


@pytest.mark.clause("S60")
def test_the_database_itself_refuses_that_one_person_weighs_and_approves():
    weigher = UserFactory()
    assessment = assess(purposes.named("profiling"), by=weigher)
    assessment.approved_by, assessment.approved_at = weigher, timezone.now()

    with pytest.raises(IntegrityError), transaction.atomic():
        assessment.save()


def test_what_was_approved_is_never_changed_again():
    purpose = purposes.named("profiling")
    assess(purpose)
    approved = purposes.approve_assessment(purpose, by=UserFactory())
    approved.outcome = Outcome.OVERRIDDEN

    with pytest.raises(AppendOnly):
        approved.save()
