"""Telling people of a changed notice: whom, one run by two people, who was told, who gets a letter."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from config import roles
from crm import merge
from crm.enums import SourceType
from crm.models import Contact
from privacy import announcing, consent, dispatch, informing, restriction, suppression
from privacy.dispatch import Text
from privacy.enums import (
    Channel,
    ConsentMethod,
    DispatchState,
    Reach,
    RestrictionGround,
    SuppressionScope,
    Told,
)
from privacy.errors import PrivacyError, TransitionRefused
from privacy.models import Dispatch, JournalEntry, NoticeGiven, Office
from privacy.points import Point
from tests.crm import post
from tests.factories.crm import (
    ContactFactory,
    ContactPointFactory,
    SourceFactory,
    UserFactory,
)
from tests.factories.privacy import LegalEntityFactory, NoticeFactory, NoticeGivenFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]

NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def old():
    """The version that people knew so far."""
    Office.objects.create(id=1, privacy_contact="privacy@office.example.com")
    LegalEntityFactory()
    return NoticeFactory(version="1")


@pytest.fixture
def new(old):
    return NoticeFactory(version="2", effective_from=date(2027, 1, 1))


def person(number, **facts):
    contact = ContactFactory(**facts)
    ContactPointFactory(contact=contact, value=f"person-{number}@example.com")
    return contact


def who_knew(number, notice, **facts):
    contact = person(number, **facts)
    NoticeGivenFactory(subject=contact, notice=notice)
    return contact


def prepared(notice, **changed):
    terms = {
        "reach": Reach.EARLIER,
        "reason": "They were told the version that ends.",
        "texts": announcing.drafts(notice),
        "by": UserFactory(),
    }
    return announcing.prepare(notice, **terms | changed)


def sent(run, settings):
    dispatch.start(dispatch.approve(run, by=UserFactory()), by=run.prepared_by)
    with post.running(settings) as mailbox:
        dispatch.work(run.reference)
    return mailbox.taken


@pytest.mark.clause("S141")
def test_who_knew_an_earlier_version_is_told_of_the_changed_one(old, new, settings):
    amara, mei = who_knew(1, old, language="en"), who_knew(2, old, language="zh-hant")
    person(3)

    run = prepared(new)
    taken = sent(run, settings)

    assert [to for to, _message in taken] == [["person-1@example.com"], ["person-2@example.com"]]
    english, chinese = (message.get_content() for _to, message in taken)
    assert "/en/privacy/notice/2/" in english and "/zh-hant/privacy/notice/2/" in chinese
    given = NoticeGiven.objects.filter(notice=new)
    assert set(given.values_list("subject", "how")) == {
        (amara.pk, Told.EMAIL),
        (mei.pk, Told.EMAIL),
    }
    run.refresh_from_db()
    assert (run.state, run.notice) == (DispatchState.DONE, new)
    with pytest.raises(PrivacyError, match="Nobody of these is left"):
        prepared(new)


@pytest.mark.clause("S141")
def test_a_no_to_marketing_does_not_stop_it_and_a_restriction_does(old, new, settings):
    amara, limited = who_knew(1, old), who_knew(2, old)
    consent.object_to(amara, method=ConsentMethod.EMAIL, by=None)
    restriction.place(
        limited, ground=RestrictionGround.CLAIMS, received_on=date(2026, 1, 1), by=UserFactory()
    )

    run = prepared(new)

    assert [d.subject_id for d in run.deliveries.all()] == [amara.pk]
    assert run.left_out == {"restricted": 1}
    assert len(sent(run, settings)) == 1


@pytest.mark.clause("S141")
def test_whom_no_mail_reached_is_listed_until_a_letter_went(old, new, settings):
    reached, without, barred, returned = (who_knew(n, old) for n in range(4))
    without.points.all().delete()
    suppression.suppress(
        [Point("email", "person-2@example.com")], scope=SuppressionScope.NO_REENTRY, by=None
    )
    run = prepared(new)
    assert run.left_out == {"no_address": 1, "suppressed": 1}
    # Nothing has been tried yet.
    assert not announcing.for_letters(new).exists()
    dispatch.start(dispatch.approve(run, by=UserFactory()), by=run.prepared_by)
    with post.running(settings) as mailbox:
        mailbox.unknown = {"person-3@example.com"}
        dispatch.work(run.reference)

    assert set(announcing.for_letters(new)) == {without, barred, returned}
    restriction.place(
        barred, ground=RestrictionGround.CLAIMS, received_on=date(2026, 1, 1), by=UserFactory()
    )
    assert announcing.note_letters(new, at=timezone.now(), by=UserFactory()) == 2

    assert not announcing.for_letters(new).exists()
    letters = NoticeGiven.objects.filter(notice=new, how=Told.LETTER)
    assert set(letters.values_list("subject", flat=True)) == {without.pk, returned.pk}
    assert JournalEntry.objects.latest("number").facts == {"how": "letter", "people": 2}
    with pytest.raises(TransitionRefused, match="Nobody is left"):
        announcing.note_letters(new, at=timezone.now(), by=UserFactory())
    assert reached.pk not in letters.values_list("subject", flat=True)


def test_whom_it_concerns_depends_on_the_choice(old, new):
    told, agreed, stranger = who_knew(1, old), person(2), person(3)
    card = person(4, source=SourceFactory(type=SourceType.CARD))
    gone = who_knew(5, old)
    kept = person(6)
    merge.merge(kept, gone, by=None)
    consent.record(
        agreed,
        purpose="newsletter",
        channel=Channel.EMAIL,
        method=ConsentMethod.ONLINE,
        at=NOON,
        wording_text="Yes.",
        notice=old,
        evidence="form 12",
        by=None,
    )
    informing.told([stranger.pk], new, how=Told.FORM, at=NOON, by=None)

    found = {
        reach: announcing.concerned(new, reach=reach)
        for reach in (Reach.EARLIER, Reach.UNTOLD, Reach.EVERYBODY)
    }

    assert found == {
        Reach.EARLIER: {told.pk, agreed.pk, kept.pk},
        Reach.UNTOLD: {card.pk},
        Reach.EVERYBODY: {told.pk, agreed.pk, card.pk, kept.pk},
    }
    with pytest.raises(PrivacyError, match="changes no purpose"):
        announcing.concerned(new, reach=Reach.USED)


@pytest.mark.clause("S141")
def test_whose_data_a_changed_purpose_uses_is_concerned_whatever_is_chosen(old):
    widened = NoticeFactory(
        version="2",
        extent="content",
        purposes_changed=["profiling"],
        ways={"profiling": "told"},
        effective_from=date(2027, 1, 1),
    )
    used, objecting, told = person(1), person(2), who_knew(3, old)
    for contact in (objecting, told):
        consent.object_to(contact, purpose="profiling", method=ConsentMethod.EMAIL, by=None)

    assert announcing.concerned(widened, reach=Reach.USED) == {used.pk}
    assert announcing.concerned(widened, reach=Reach.EARLIER) == {used.pk, told.pk}


def test_a_run_is_refused_without_a_reason_its_link_its_approval_or_beside_another(old, new):
    who_knew(1, old)
    draft = NoticeFactory(version="3", approved_by=None, approved_at=None)
    bare = dict.fromkeys(("en", "zh_hant"), Text("Notice", "Read it."))

    with pytest.raises(TransitionRefused, match="Nobody is told of a proposal"):
        prepared(draft)
    with pytest.raises(PrivacyError, match="Say why"):
        prepared(new, reason=" ")
    with pytest.raises(PrivacyError, match="lead to the version"):
        prepared(new, texts=bare)
    with pytest.raises(PrivacyError, match="Choose who"):
        prepared(new, reach="x")
    assert not Dispatch.objects.exists()
    run = prepared(new)
    with pytest.raises(TransitionRefused, match="being told of this version already"):
        prepared(new)
    dispatch.cancel(run, by=UserFactory())
    assert prepared(new).pk != run.pk


def test_the_console_prepares_a_run_shows_how_far_it_is_and_notes_the_letters(
    client, old, new, settings
):
    officer = UserFactory()
    officer.groups.add(Group.objects.get(name=roles.OFFICER))
    client.force_login(officer)
    who_knew(1, old)
    without = who_knew(2, old, latin_family_name="Quillfeather")
    without.points.all().delete()
    act = reverse("admin:privacy_notice_tell", args=[new.pk])
    asked = client.get(act)
    typed = dict(asked.context["form"].initial)

    done = client.post(act, typed | {"reach": "earlier", "reason": "They knew the other one."})

    run = Dispatch.objects.get()
    assert done["Location"] == reverse("admin:privacy_dispatch_change", args=[run.pk])
    assert (run.prepared_by, run.reach) == (officer, Reach.EARLIER)
    assert "They knew the other one." in client.get(done["Location"]).content.decode()
    sent(run, settings)
    page = client.get(reverse("admin:privacy_notice_change", args=[new.pk])).content.decode()
    letters = f"{reverse('admin:letters_list')}?notice={new.pk}"
    assert letters in page
    assert [one.pk for one in client.get(letters).context["cl"].result_list] == [without.pk]
    client.post(
        reverse("admin:privacy_notice_letters", args=[new.pk]),
        {"sent_on": timezone.localdate().isoformat()},
    )
    assert not client.get(letters).context["cl"].result_list
    assert NoticeGiven.objects.get(subject=without, notice=new).how == Told.LETTER


def test_the_list_for_letters_is_the_newest_run_and_costs_the_same_for_any_number(
    client, old, new, django_assert_num_queries
):
    officer = UserFactory()
    officer.groups.add(Group.objects.get(name=roles.OFFICER))
    client.force_login(officer)
    page = reverse("admin:letters_list")
    assert not client.get(page).context["cl"].result_list

    for number in (3, 47):
        for n in range(number):
            who_knew(n + number, old).points.all().delete()
        run = prepared(new)
        dispatch.start(dispatch.approve(run, by=UserFactory()), by=officer)
        dispatch.work(run.reference)
        with django_assert_num_queries(8):
            shown = client.get(page).context["cl"].result_list
        assert len(shown) == (3 if number == 3 else 50)
    assert Contact.objects.count() == 50


def test_choosing_people_costs_the_same_for_three_and_for_three_hundred(
    old, new, django_assert_num_queries
):
    for number in (3, 297):
        people = Contact.objects.bulk_create(
            ContactFactory.build(source=SourceFactory()) for _n in range(number)
        )
        NoticeGiven.objects.bulk_create(
            NoticeGivenFactory.build(subject=one, notice=old, told_at=NOON - timedelta(days=9))
            for one in people
        )
        with django_assert_num_queries(3):
            assert len(announcing.concerned(new, reach=Reach.EARLIER)) >= number
