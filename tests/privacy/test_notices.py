"""A notice has two texts, two people and one digest, and is never changed again (S1)."""

import hashlib
from datetime import date

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from privacy import journal, notices
from privacy.errors import AppendOnly, PrivacyError, TransitionRefused
from privacy.models import Notice, Wording
from tests.factories.crm import UserFactory
from tests.factories.privacy import NoticeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]

FIRST = date(2018, 5, 23)
ENGLISH, CHINESE = "We keep your data safe.", "我們妥善保管您的資料。"


def propose(by, version="2018-05-23", effective_from=FIRST, **facts):
    texts = {"text_en": ENGLISH, "text_zh_hant": CHINESE, **facts}
    return notices.propose(version=version, effective_from=effective_from, by=by, **texts)


def test_a_version_is_in_force_from_its_day_once_a_second_person_approved_it():
    writer, second = UserFactory(), UserFactory()
    notice = propose(writer)
    assert notices.in_force(on=FIRST) is None

    notices.approve(notice, by=second)

    assert notices.in_force(on=FIRST) == notice
    assert notices.in_force(on=date(2018, 5, 22)) is None
    assert notice.digest == hashlib.sha256(f"{ENGLISH}\0{CHINESE}".encode()).hexdigest()
    assert journal.head().verb == "notice.approve"


@pytest.mark.clause("S1")
def test_the_newest_version_governs_from_its_own_day_and_the_old_one_stays():
    old = notices.approve(propose(UserFactory()), by=UserFactory())
    new = propose(UserFactory(), "2027-01-01", date(2027, 1, 1))
    notices.approve(new, by=UserFactory())

    assert notices.in_force(on=date(2026, 12, 31)) == old
    assert notices.in_force(on=date(2027, 1, 1)) == new


def test_whoever_prepared_a_version_does_not_approve_it():
    writer = UserFactory()
    notice = propose(writer)

    with pytest.raises(TransitionRefused, match="second person"):
        notices.approve(notice, by=writer)
    with pytest.raises(IntegrityError), transaction.atomic():
        NoticeFactory(prepared_by=writer, approved_by=writer)


def test_a_proposal_may_be_corrected_and_an_approved_version_never():
    notice = propose(UserFactory())
    notice.text_en = "We keep your data safely."
    notice.save()
    assert Notice.objects.get().text_en == "We keep your data safely."
    notices.approve(notice, by=UserFactory())

    notice.refresh_from_db()
    with pytest.raises(AppendOnly):
        notice.save()
    with pytest.raises(AppendOnly):
        Notice.objects.update(text_en="x")
    for statement in ("UPDATE privacy_notice SET text_en = 'x'", "DELETE FROM privacy_notice"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    with pytest.raises(TransitionRefused, match="already"):
        notices.approve(notice, by=UserFactory())


def test_a_version_in_one_language_or_twice_is_refused():
    with pytest.raises(PrivacyError, match="English and in Chinese"):
        propose(UserFactory(), text_zh_hant=" ")
    propose(UserFactory())
    with pytest.raises(PrivacyError, match="another version"):
        propose(UserFactory())


def test_the_same_words_are_one_wording_and_others_its_next_version():
    first = notices.wording("sign-up", language="en", text="Yes, write to me.")
    again = notices.wording("sign-up", language="en", text="Yes, write to me.")
    other = notices.wording("sign-up", language="en", text="Yes, please write to me.")

    assert (first, other.version) == (again, 2)
    assert Wording.objects.count() == 2
    with pytest.raises(PrivacyError, match="never empty"):
        notices.wording("sign-up", language="en", text=" ")
    with pytest.raises(PrivacyError, match="English or in Traditional Chinese"):
        notices.wording("sign-up", language="fr", text="Oui")
