"""Holders of an export are told of a later no: in its transaction, once, by references alone."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from crm.errors import ExportRefused
from crm.exports import holders, steps
from crm.models import Contact, HolderNotice
from privacy import consent, disposal, restriction
from privacy.enums import Announcement, ConsentMethod, DisposalCause, RestrictionGround
from privacy.models import JournalEntry
from tests.crm import post
from tests.crm.exporting import described, enter, fetched
from tests.crm.importing import member
from tests.factories.crm import OrganisationFactory, SupplierReviewFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def officer():
    return member()


@pytest.fixture
def holder():
    firm = OrganisationFactory(country="HK", email="office@holder.example.com")
    SupplierReviewFactory(organisation=firm)
    return firm


def given(by, firm, count=3, **terms):
    """A file that left, with the references of its people."""
    columns = ["names", "email", "uuid"]
    terms = {"destination": "processor", "holder": firm, "columns": columns} | terms
    enter(count)
    export = described(Contact.objects.all(), by=by, **terms)
    fetched(export, by=by)
    return export


def refuse(*contacts):
    consent.refuse([c.pk for c in contacts], method=ConsentMethod.EMAIL, by=None)


@pytest.mark.clause("S58")
def test_each_no_after_the_file_left_is_to_be_told_once_and_no_other(officer, holder):
    given(officer, holder)
    first, second, third = Contact.objects.order_by("pk")

    refuse(first)
    refuse(first)
    restriction.place(
        second, ground=RestrictionGround.ACCURACY, received_on=timezone.localdate(), by=None
    )

    assert set(holders.waiting().values_list("contact", flat=True)) == {first.pk, second.pk}
    assert HolderNotice.objects.count() == 2


def test_nobody_is_told_of_what_stayed_inside_ended_or_never_left(officer, holder):
    enter(1)
    (contact,) = Contact.objects.all()
    fetched(described(Contact.objects.all(), by=officer), by=officer)
    described(Contact.objects.all(), by=officer, destination="processor", holder=holder)
    over = described(Contact.objects.all(), by=officer, destination="processor", holder=holder)
    fetched(over, by=officer)
    type(over).objects.filter(pk=over.pk).update(
        expires_on=timezone.localdate() - timedelta(days=1)
    )
    deleted = described(Contact.objects.all(), by=officer, destination="processor", holder=holder)
    fetched(deleted, by=officer)
    steps.note_deletion(deleted, deleted_on=timezone.localdate(), by=officer)

    refuse(contact)

    assert not HolderNotice.objects.exists()


def test_one_mail_tells_of_everybody_in_the_file_by_references_alone(officer, holder, settings):
    export = given(officer, holder)
    first, second, third = Contact.objects.order_by("pk")
    refuse(first, second)
    with post.running(settings) as mailbox:
        assert holders.write(holders.waiting().first(), by=officer) == 2

    ((to, message),) = mailbox.taken
    assert to == [holder.email]
    text = message.get_payload(decode=True).decode()
    assert str(export.uuid) in message["Subject"]
    for contact in (first, second):
        assert str(contact.uuid) in text
        assert contact.latin_family_name not in text
    assert str(third.uuid) not in text and "@example.com" not in text
    assert not holders.waiting().exists()
    entry = JournalEntry.objects.get(verb="holder.tell")
    assert entry.facts == {"people": 2, "how": "email"}
    with pytest.raises(ExportRefused, match="told already"):
        holders.write(HolderNotice.objects.first(), by=officer)
    # A further no is told anew.
    refuse(third)
    assert holders.waiting().count() == 1


def test_a_server_that_is_down_loses_nothing(officer, holder, settings):
    given(officer, holder)
    refuse(Contact.objects.first())
    with post.running(settings) as mailbox:
        mailbox.refuses = True
        with pytest.raises(ExportRefused, match="try again") as refusal:
            holders.write(holders.waiting().first(), by=officer)

    assert holder.email not in str(refusal.value)
    assert holders.waiting().count() == 1


@pytest.mark.parametrize(
    ("columns", "email", "sentence"),
    [
        (["names", "email"], "office@holder.example.com", "no references"),
        (["names", "uuid"], "", "no e-mail address"),
    ],
)
def test_who_cannot_be_written_to_is_told_by_letter(officer, holder, columns, email, sentence):
    holder.email = email
    holder.save()
    given(officer, holder, columns=columns)
    refuse(Contact.objects.first())
    notice = holders.waiting().get()
    with pytest.raises(ExportRefused, match=sentence):
        holders.write(notice, by=officer)

    holders.note_told(notice, how=Announcement.LETTER, by=officer)
    notice.refresh_from_db()
    assert (notice.how, notice.told_by) == ("letter", officer)


def test_what_is_still_to_be_told_outlives_the_person(officer, holder):
    given(officer, holder)
    contact = Contact.objects.first()
    refuse(contact)
    disposal.dispose(
        [contact.pk], cause=DisposalCause.ERASURE, by=officer, on=timezone.localdate()
    )

    assert holders.waiting().count() == 1


def test_many_noes_cost_the_same_as_few(officer, holder, django_assert_num_queries):
    given(officer, holder, 30)
    pks = list(Contact.objects.values_list("pk", flat=True))
    with django_assert_num_queries(3):
        holders.hear(pks[:2])
    with django_assert_num_queries(3):
        holders.hear(pks[2:])


def test_an_officer_sees_and_tells_them_on_the_console(client, officer, holder):
    given(officer, holder)
    refuse(Contact.objects.first())
    notice = holders.waiting().get()
    client.force_login(officer)
    page = client.get(reverse("admin:crm_holdernotice_changelist")).content.decode()
    assert str(holder) in page and "Family0" not in page
    client.post(reverse("admin:crm_holdernotice_note_told", args=[notice.pk]), {"how": "phone"})

    notice.refresh_from_db()
    assert notice.how == "phone"
