"""A notice has two texts, two people and one digest, and is never changed again (S1)."""

import hashlib
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from config import roles
from privacy import changes, journal, notices, purposes
from privacy.changes import Changes
from privacy.enums import Extent, Way
from privacy.errors import AppendOnly, PrivacyError, TransitionRefused
from privacy.models import Notice, Purpose, Wording
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
    wording = Changes(Extent.WORDING)
    new = propose(UserFactory(), "2027-01-01", date(2027, 1, 1), changed=wording)
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


def later(writer, changed=None, days=30):
    """A second version, after one that was approved."""
    notices.approve(propose(writer), by=UserFactory())
    day = timezone.localdate() + timedelta(days=days)
    return propose(writer, "2", day, changed=changed)


def added(way, key="profiling"):
    return Changes(Extent.CONTENT, added=frozenset([key]), ways={key: way})


@pytest.mark.clause("S142")
def test_a_version_is_not_approved_before_somebody_said_what_it_changes():
    writer, second = UserFactory(), UserFactory()
    notice = later(writer)

    with pytest.raises(TransitionRefused, match="what changes against “policy 2018-05-23”"):
        notices.approve(notice, by=second)
    notices.record_changes(
        notice, Changes(Extent.WORDING), effective_from=notice.effective_from, by=writer
    )

    assert notices.approve(notice, by=second).purposes == changes.in_use()
    with pytest.raises(TransitionRefused, match="already"):
        notices.record_changes(
            notice, Changes(Extent.WORDING), effective_from=notice.effective_from, by=writer
        )


@pytest.mark.clause("S142")
def test_a_purpose_that_came_into_use_meanwhile_is_noticed_whatever_was_said():
    writer = UserFactory()
    notice = later(writer, Changes(Extent.WORDING))
    Purpose.objects.create(
        key="matching", title_en="M", title_zh_hant="配", nature="internal", basis="consent"
    )
    purposes.switch_off(Purpose.objects.get(key="web-analytics"), by=writer)

    with pytest.raises(TransitionRefused, match="not recorded: matching, web-analytics"):
        notices.approve(notice, by=UserFactory())
    said = Changes(
        Extent.CONTENT,
        added=frozenset(["matching"]),
        removed=frozenset(["web-analytics"]),
        ways={"matching": Way.CONSENT},
    )
    notices.record_changes(notice, said, effective_from=notice.effective_from, by=writer)

    assert notices.approve(notice, by=UserFactory()).ways == {"matching": "consent"}


@pytest.mark.clause("S142")
@pytest.mark.parametrize(("days", "is_refused"), [(13, True), (14, False)])
def test_a_use_of_data_already_held_begins_when_people_can_have_been_told(days, is_refused):
    notice = later(UserFactory(), added(Way.TOLD), days=days)

    if is_refused:
        with pytest.raises(TransitionRefused, match="told before their data are used"):
            notices.approve(notice, by=UserFactory())
    else:
        assert notices.approve(notice, by=UserFactory()).approved_at


@pytest.mark.clause("S142")
@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        (Changes(""), "wording alone changes, or more"),
        (Changes(Extent.WORDING, recipients=True), "no purpose, recipient or period does"),
        (Changes(Extent.CONTENT), "Say which purposes change"),
        (Changes(Extent.CONTENT, added=frozenset(["profiling"])), "how data already held come"),
        (added(Way.TOLD, "no-such"), "no such purpose: no-such"),
        (added(Way.CONSENT, "security"), "“security” does not rest on consent"),
        (added("hope"), "no third way"),
        (
            Changes(
                Extent.CONTENT,
                changed=frozenset(["profiling"]),
                removed=frozenset(["profiling"]),
                ways={"profiling": Way.TOLD},
            ),
            "one of the three",
        ),
    ],
)
def test_what_contradicts_itself_is_not_recorded(said, refusal):
    with pytest.raises(PrivacyError, match=refusal):
        propose(UserFactory(), changed=said)


def test_whoever_approves_a_version_has_no_hand_in_what_it_changes():
    notice = later(UserFactory())

    with pytest.raises(TransitionRefused, match="Whoever prepared"):
        notices.record_changes(
            notice, Changes(Extent.WORDING), effective_from=FIRST, by=UserFactory()
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        NoticeFactory(extent=Extent.WORDING, recipients_changed=True)


def officer(client):
    user = UserFactory()
    user.groups.add(Group.objects.get(name=roles.OFFICER))
    client.force_login(user)
    return user


def test_the_console_asks_what_a_version_changes_and_shows_it_to_whoever_approves(client):
    writer = officer(client)
    notices.approve(propose(writer), by=UserFactory())
    page = reverse("admin:privacy_notice_propose")
    day = timezone.localdate() + timedelta(days=20)
    typed = {
        "version": "2",
        "effective_from": day.isoformat(),
        "text_en": ENGLISH,
        "text_zh_hant": CHINESE,
    }

    client.post(page, typed | {"extent": "content", "added_told": "profiling", "periods": "on"})

    notice = Notice.objects.get(version="2")
    assert (notice.purposes_added, notice.ways) == (["profiling"], {"profiling": "told"})
    assert notice.periods_changed and not notice.recipients_changed
    again = reverse("admin:privacy_notice_changes", args=[notice.pk])
    assert client.get(again).context["form"].initial["added_told"] == ["profiling"]
    client.post(again, {"effective_from": day.isoformat(), "extent": "wording"})
    notice.refresh_from_db()
    assert (notice.extent, notice.ways) == ("wording", {})

    officer(client)
    asked = client.get(reverse("admin:privacy_notice_approve", args=[notice.pk]))
    assert "the wording only" in asked.content.decode()


def test_the_console_takes_a_first_version_without_changes(client):
    officer(client)
    typed = {
        "version": "1",
        "effective_from": "2018-05-23",
        "text_en": ENGLISH,
        "text_zh_hant": CHINESE,
    }

    client.post(reverse("admin:privacy_notice_propose"), typed)

    assert notices.approve(Notice.objects.get(), by=UserFactory()).extent == ""
