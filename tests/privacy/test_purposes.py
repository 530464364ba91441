"""Each purpose has one basis; the policy's table of legitimate interests has ten rows (C1)."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from privacy import journal, purposes
from privacy.enums import Basis, Channel, Kind, Nature
from privacy.errors import PrivacyError, TransitionRefused
from privacy.models import Purpose
from tests.factories.crm import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def test_every_declared_purpose_has_its_row_after_a_migration():
    stored = {purpose.key: purpose for purpose in Purpose.objects.all()}

    assert stored.keys() == {declared.key for declared in purposes.DECLARED}
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
