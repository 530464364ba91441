"""A no in a file counts for its person everywhere in it, and for the address where nobody is."""

import pytest
from django.utils import timezone

from crm.contacts import SourceFacts
from crm.enums import RoleKind, SourceType
from crm.imports import batch, reading
from crm.imports.rows import Verdict
from crm.models import Contact, ImportRow
from privacy import suppression
from privacy.enums import Channel, PointKind, SuppressionScope
from privacy.models import ConsentEvent, SuppressionEntry
from privacy.suppression import Point
from tests.crm.importing import imported as through_the_console
from tests.crm.importing import member, undone

pytestmark = [pytest.mark.django_db, pytest.mark.both]
HEADER = "First Name,Last Name,E-mail,Phone,Country,Unsubscribed from all email\n"
ANN = "Ann,Quillfeather,ann@example.com,,HK,{}\n"


@pytest.fixture(params=[1, 1000], ids=["a row a part", "one part"])
def parts(request, monkeypatch):
    monkeypatch.setattr(batch, "CHUNK", request.param)


def imported(text, *, apply=True):
    return batch.run(
        reading.read(text.encode()),
        source=SourceFacts(SourceType.CARD, timezone.localdate()),
        role=RoleKind.PROSPECT,
        apply=apply,
    )


def noes_of(contact):
    return sorted(ConsentEvent.objects.filter(subject=contact).values_list("kind", "channel"))


def is_refused(address, channel=Channel.EMAIL):
    return suppression.marketing_refused([Point(PointKind.EMAIL, address)], channel) == [True]


@pytest.mark.parametrize("order", [("false", "true"), ("true", "false")])
def test_the_most_restrictive_of_two_rows_wins_and_both_are_named(parts, order):
    text = HEADER + ANN.format(order[0]) + "Bo,Lark,bo@example.com,,,\n" + ANN.format(order[1])

    plan, report = imported(text, apply=False), imported(text)

    for result in (plan, report):
        assert {row.number: row.reason for row in result.noted} == {
            2: "about marketing rows 4 say otherwise; the no counts",
            4: "about marketing rows 2 say otherwise; the no counts",
        }
    ann = Contact.objects.get(latin_given_name="Ann")
    assert noes_of(ann) == [("refused", "email")]
    assert is_refused("ann@example.com")
    assert not is_refused("bo@example.com")


def test_the_result_page_names_both_rows(parts):
    done = through_the_console(HEADER + ANN.format("false") + ANN.format("true"), by=member())

    reasons = dict(ImportRow.objects.filter(batch=done).values_list("number", "reason"))
    assert "rows 3 say otherwise" in reasons[2]
    assert "rows 2 say otherwise" in reasons[3]


def test_a_blank_and_another_channel_contradict_nothing(parts):
    header = HEADER.replace("\n", ",Do Not Call\n")
    text = header + "Ann,Q,ann@example.com,,,true,\nAnn,Q,ann@example.com,,,,false\n"

    assert imported(text).noted == []


@pytest.mark.parametrize("bad", [",,ann@example.com,,,true\n", ANN.replace("HK", "Atlantis")])
def test_a_no_of_a_row_that_stays_out_holds_for_the_person_whom_a_later_row_enters(parts, bad):
    report = imported(HEADER + bad.format("true") + ANN.format("") + ANN.format(""))

    assert report.counts == {Verdict.INVALID: 1, Verdict.CREATE: 1, Verdict.SAME: 1}
    assert noes_of(Contact.objects.get()) == [("refused", "email")]
    assert is_refused("ann@example.com")


def test_a_no_of_nobody_is_an_entry_for_the_address_and_the_second_time_is_none(parts):
    text = HEADER + ",,ann@example.com,+852 5123 4567,,yes\n,,no address,,,yes\n"

    imported(text, apply=False)
    assert not SuppressionEntry.objects.exists()
    imported(text)
    imported(text)

    entry = SuppressionEntry.objects.get()
    assert (entry.scope, entry.channel) == (SuppressionScope.NO_MARKETING, "email")
    assert is_refused("Ann@Example.com")
    assert not Contact.objects.exists()


def test_a_minor_leaves_no_entry_of_any_kind(parts):
    header = HEADER.replace("\n", ",Age\n")

    imported(header + "Ann,Q,ann@example.com,,,true,12\n")

    assert not SuppressionEntry.objects.exists()


def test_the_no_of_another_on_a_shared_telephone_is_their_own(parts):
    text = HEADER + "Ann,Quill,,+852 2123 4567,,true\nBo,Lark,,+852 2123 4567,,\n"

    imported(text)

    assert noes_of(Contact.objects.get(latin_given_name="Ann")) == [("refused", "email")]
    assert noes_of(Contact.objects.get(latin_given_name="Bo")) == []


def test_an_undo_leaves_what_a_file_refused(parts):
    by = member()
    done = through_the_console(HEADER + ",,ann@example.com,,,true\n" + ANN.format(""), by=by)

    undone(done, by=by)

    assert Contact.objects.living().count() == 0
    assert is_refused("ann@example.com")
