"""Who was told of which notice, how and when; who need not be; and who is still to be told."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config import roles
from crm import merge
from crm.enums import SourceType
from crm.models import Contact
from privacy import dispatch, disposal, informing, journal, restriction
from privacy.dispatch import Text
from privacy.enums import (
    Article,
    DisclosureState,
    DispatchKind,
    DisposalCause,
    RestrictionGround,
    Told,
)
from privacy.errors import AppendOnly, PrivacyError
from privacy.models import JournalEntry, NoticeGiven, Office
from tests.crm import post
from tests.factories.crm import (
    ContactExportFactory,
    ContactFactory,
    ContactPointFactory,
    InteractionFactory,
    OrganisationFactory,
    SourceFactory,
    UserFactory,
)
from tests.factories.privacy import (
    DeliveryFactory,
    DisclosedPersonFactory,
    LegalEntityFactory,
    NoticeFactory,
    NoticeGivenFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]

NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)
MARCH = date(2026, 3, 31)


def from_card(obtained_on=date(2026, 1, 31), **facts):
    source = SourceFactory(type=SourceType.CARD, obtained_on=obtained_on)
    return ContactFactory(source=source, **facts)


@pytest.mark.clause("S121")
def test_it_is_known_who_was_told_what_how_when_and_by_whom():
    by, first, second = UserFactory(), NoticeFactory(), NoticeFactory()
    amara, card = ContactFactory(), from_card()

    assert informing.told([amara.pk, card.pk], first, how=Told.LETTER, at=NOON, by=by) == 2
    informing.told([card.pk], second, how=Told.ORAL, at=NOON + timedelta(days=9), by=by)

    rows = NoticeGiven.objects.order_by("pk").values_list("subject", "notice", "article", "how")
    assert list(rows) == [
        (amara.pk, first.pk, Article.ART_13, Told.LETTER),
        (card.pk, first.pk, Article.ART_14, Told.LETTER),
        (card.pk, second.pk, Article.ART_14, Told.ORAL),
    ]
    assert set(NoticeGiven.objects.values_list("recorded_by", flat=True)) == {by.pk}
    standing = informing.state([amara.pk, card.pk], on=date(2026, 3, 5))
    assert {pk: s.notice for pk, s in standing.items()} == {amara.pk: first, card.pk: first}
    assert informing.state([card.pk], on=MARCH)[card.pk].notice == second
    assert informing.state([card.pk], on=date(2026, 2, 28)) == {card.pk: None}
    assert JournalEntry.objects.latest("number").facts == {"how": "oral", "people": 1}
    journal.verify()


@pytest.mark.clause("S121")
def test_what_was_noted_is_never_changed_not_even_by_sql():
    given = NoticeGivenFactory()

    with pytest.raises(AppendOnly):
        given.save()
    with pytest.raises(AppendOnly):
        NoticeGiven.objects.update(how=Told.FORM)
    for statement in (
        "UPDATE privacy_noticegiven SET how = 'x'",
        "DELETE FROM privacy_noticegiven",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.clause("S121")
def test_who_need_not_be_told_has_a_ground_and_the_number_of_its_assessment():
    notice, card, by = NoticeFactory(), from_card(), UserFactory()
    terms = {"how": Told.EFFORT, "at": NOON, "by": by}

    informing.told([card.pk], notice, assessment="DEC-2026-17", **terms)

    assert informing.state([card.pk], on=MARCH)[card.pk].is_exempt
    with pytest.raises(PrivacyError, match="number of its assessment"):
        informing.told([card.pk], notice, **terms)
    with pytest.raises(ValidationError, match="a number, not a name"):
        informing.told([card.pk], notice, assessment="Zephyrine", **terms)
    with pytest.raises(PrivacyError, match="data from elsewhere"):
        informing.told([ContactFactory().pk], notice, assessment="DEC-2026-17", **terms)
    with pytest.raises(PrivacyError, match="ground of Art. 14"):
        informing.told([card.pk], notice, assessment="D-1", **terms | {"how": Told.LETTER})
    with pytest.raises(IntegrityError), transaction.atomic():
        NoticeGivenFactory(how=Told.LAW, article=Article.ART_13)


def test_nobody_was_told_of_a_draft_or_tomorrow_or_in_no_way():
    draft = NoticeFactory(approved_by=None, approved_at=None)
    amara, by = ContactFactory(), UserFactory()

    with pytest.raises(PrivacyError, match="not approved"):
        informing.told([amara.pk], draft, how=Told.LETTER, at=NOON, by=by)
    with pytest.raises(PrivacyError, match="still to come"):
        tomorrow = timezone.now() + timedelta(days=1)
        informing.told([amara.pk], NoticeFactory(), how=Told.LETTER, at=tomorrow, by=by)
    with pytest.raises(PrivacyError, match="Say how"):
        informing.told([amara.pk], NoticeFactory(), how="pigeon", at=NOON, by=by)
    assert not NoticeGiven.objects.exists()


def test_what_was_told_outlives_the_person_without_the_number_of_its_assessment():
    card = from_card()
    informing.told(
        [card.pk], NoticeFactory(), how=Told.LAW, at=NOON, by=UserFactory(), assessment="DEC-1"
    )

    disposal.dispose([card.pk], cause=DisposalCause.ERASURE, by=None, on=timezone.localdate())

    given = NoticeGiven.objects.get()
    assert (given.how, given.assessment) == (Told.LAW, "")


@pytest.mark.clause("S121")
def test_each_message_about_a_notice_that_left_is_noted_and_no_other(settings):
    Office.objects.create(id=1, privacy_contact="privacy@office.example.com")
    LegalEntityFactory()
    told, gone = from_card(), from_card()
    for number, contact in enumerate((told, gone)):
        ContactPointFactory(contact=contact, value=f"card-{number}@example.com")
    texts = {language: Text("Notice", "Read it.") for language in ("en", "zh_hant")}
    notice, by = NoticeFactory(), UserFactory()
    one = dispatch.prepare(
        kind=DispatchKind.NOTICE, purpose="rights", texts=texts, notice=notice, by=by
    )
    dispatch.address(one, [told.pk, gone.pk], by=by)
    dispatch.start(dispatch.approve(one, by=UserFactory()), by=by)

    with post.running(settings) as mailbox:
        mailbox.unknown = {"card-1@example.com"}
        assert dispatch.work(one.reference) == 1

    given = NoticeGiven.objects.get()
    assert (given.subject_id, given.notice, given.how) == (told.pk, notice, Told.EMAIL)
    assert (given.article, given.recorded_by) == (Article.ART_14, None)
    assert given.told_at == one.deliveries.get(subject=told).sent_at


def day_of(contact):
    (person,) = informing.untold().filter(pk=contact.pk)
    return informing.due_on(person)


@pytest.mark.parametrize(
    ("obtained", "due"),
    [
        (date(2026, 1, 31), date(2026, 2, 28)),
        (date(2026, 1, 28), date(2026, 2, 28)),
        (date(2026, 3, 15), date(2026, 4, 15)),
    ],
)
def test_whoever_is_from_elsewhere_is_told_within_a_month(obtained, due):
    contact = from_card(obtained)

    assert day_of(contact) == due
    everybody = informing.untold()
    assert everybody.filter(informing.due_by(due)).exists()
    assert not everybody.filter(informing.due_by(due - timedelta(days=1))).exists()
    assert not everybody.filter(informing.overdue(due)).exists()
    assert everybody.filter(informing.overdue(due + timedelta(days=1))).exists()


def test_the_first_message_and_the_first_disclosure_come_before_the_month():
    written, mailed, disclosed, heard = (from_card(date(2026, 3, 1)) for _n in range(4))
    early = datetime(2026, 3, 5, 12, tzinfo=UTC)
    InteractionFactory(contact=written, direction="outbound", occurred_at=early)
    InteractionFactory(contact=heard, direction="inbound", occurred_at=early)
    DeliveryFactory(subject=mailed, state="sent", sent_at=early)
    fetched, left = ({"holder": OrganisationFactory(), "downloads": n} for n in (1, 0))
    ContactExportFactory(**fetched).given.create(contact=disclosed, given_at=early)
    ContactExportFactory(**left).given.create(contact=heard, given_at=early)

    given, waits = (from_card(date(2026, 3, 1)) for _n in range(2))
    DisclosedPersonFactory(subject=given, disclosed_on=early.date())
    DisclosedPersonFactory(
        subject=waits, disclosed_on=early.date(), disclosure__state=DisclosureState.PREPARED
    )

    people = (written, mailed, disclosed, given, heard, waits)
    days = [day_of(contact).isoformat() for contact in people]

    assert days == ["2026-03-05"] * 4 + ["2026-04-01"] * 2
    late = informing.untold().filter(informing.overdue(date(2026, 3, 6)))
    assert set(late) == {written, mailed, disclosed, given}


def test_who_gave_their_data_was_told_is_restricted_or_gone_has_no_clock():
    told, exempt, kept, gone, limited = (from_card() for _n in range(5))
    ContactFactory()
    informing.told([told.pk, gone.pk], NoticeFactory(), how=Told.IMPORT, at=NOON, by=UserFactory())
    exempt_terms = {"how": Told.HAS_IT, "assessment": "DEC-2", "at": NOON, "by": None}
    informing.told([exempt.pk], NoticeFactory(), **exempt_terms)
    merge.merge(kept, gone, by=None)
    restriction.place(
        limited, ground=RestrictionGround.CLAIMS, received_on=date(2026, 1, 1), by=UserFactory()
    )
    waiting = from_card()

    assert list(informing.untold()) == [waiting]
    assert informing.state([kept.pk], on=MARCH)[kept.pk].how == Told.IMPORT
    disposal.dispose([waiting.pk], cause=DisposalCause.ERASURE, by=None, on=MARCH)
    assert not informing.untold().exists()


def test_the_count_costs_the_same_for_three_and_for_three_hundred():
    costs, found = [], []
    for number in (3, 297):
        sources = [SourceFactory(type="card", obtained_on=MARCH) for _n in range(number)]
        Contact.objects.bulk_create(ContactFactory.build(source=source) for source in sources)
        with CaptureQueriesContext(connection) as queries:
            found.append(dict(informing.counts(on=date(2026, 4, 25))))
        costs.append(len(queries))

    assert costs == [2, 2]
    assert found == [{"overdue": 0, "soon": 3}, {"overdue": 0, "soon": 300}]
    assert informing.counts(on=date(2026, 5, 1)) == {"overdue": 300, "soon": 0}


def test_the_page_of_a_person_says_what_they_were_told_and_takes_a_note(client):
    officer = UserFactory()
    officer.groups.add(Group.objects.get(name=roles.OFFICER))
    client.force_login(officer)
    card, notice = from_card(), NoticeFactory(version="7")
    page = reverse("admin:crm_contact_change", args=[card.pk])
    act = reverse("admin:crm_contact_told", args=[card.pk])
    assert "nothing on record" in client.get(page).content.decode()

    client.post(act, {"notice": notice.pk, "how": "letter", "told_on": "2026-03-01"})

    given = NoticeGiven.objects.get()
    assert (given.subject, given.recorded_by, given.notice) == (card, officer, notice)
    assert "policy 7, by letter, 1 Mar 2026" in client.get(page).content.decode()
    typed = {"notice": notice.pk, "how": "law", "told_on": "2026-03-01", "assessment": "a name"}
    assert "a number, not a name" in client.post(act, typed).content.decode()
