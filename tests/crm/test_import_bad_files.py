"""What people upload by mistake or malice is refused in one sentence, or reported by its rows."""

import io
import zipfile
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from crm.admin import imports as pages
from crm.enums import ImportState
from crm.imports import intake, steps, work
from crm.imports.rows import Verdict
from crm.models import Contact, ContactPoint, ImportBatch, ImportRow
from tests.crm.importing import (
    FACTS,
    HEADER,
    checked,
    imported,
    member,
    notice,
    people,
    uploaded,
    worked,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]
CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Lark;Bo{};;;\r\nEMAIL:bo{}@example.com\r\nEND:VCARD\r\n"


@pytest.fixture
def by():
    notice()
    return member()


def bomb():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 400_000_000)
    return content.getvalue()


@pytest.mark.parametrize(
    ("make", "name", "sentence"),
    [
        (bomb, "people.xlsx", "unpacks to far more"),
        (lambda: b"Email\n" + b"a@example.com\n" * 3, "list.csv", "No header is known"),
        (lambda: b"Name,Email" + b",x" * 10_000 + b"\n", "wide.csv", "more than 500 columns"),
        (lambda: (CARD.format(1, 1) + CARD).encode()[:60], "cut.vcf", ""),
        (lambda: b"\x89PNG\r\n", "people.csv", "kind PNG"),
    ],
)
def test_it_is_kept_apart_with_the_reason_on_its_page(client, by, settings, make, name, sentence):
    client.force_login(by)
    file = SimpleUploadedFile(name, make())

    batch = intake.upload(by=by, file=file, **FACTS)
    page = client.get(reverse("admin:crm_importbatch_change", args=[batch.pk]))

    assert page.status_code == 200
    assert sentence in batch.failure
    assert not Contact.objects.exists()
    assert not list(Path(settings.FILE_UPLOAD_TEMP_DIR).glob("*"))
    # Neither stays for longer than somebody needs to see why.
    assert ImportState.DISCARDED in steps.FOLLOWS[batch.state]


def test_a_file_of_200_megabytes_is_refused_unread(by):
    class Large:
        size = 200 * 1024 * 1024

        def read(self):
            raise AssertionError("read")

    with pytest.raises(ValidationError, match="50 MB"):
        intake.upload(by=by, file=Large(), **FACTS)


def test_a_card_that_is_cut_in_half_comes_back_and_the_rest_goes_in(by):
    cards = "".join(CARD.format(n, n) for n in range(3))

    done = imported(cards[:-60], by=by)

    assert done.counts == {"create": 2, "invalid": 1}
    assert "no END:VCARD" in ImportRow.objects.get(verdict=Verdict.INVALID).reason


def test_a_name_of_4000_characters_and_lost_ones_are_reported_by_their_rows(client, by):
    client.force_login(by)
    text = HEADER + f"{'x' * 4000},Lark,x@example.com,,,,\nJ\ufffdrgen,Lark,j@example.com,,,,\n"

    batch = uploaded(text, by=by)
    steps.go_on(batch, by=by)
    steps.check(batch, by=by)
    batch = worked(batch)
    assert ImportRow.objects.get(number=2).reason == "a cell is too long"
    ImportBatch.objects.filter(pk=batch.pk).update(state=ImportState.READ)
    page = client.get(reverse("admin:crm_importbatch_change", args=[batch.pk])).content.decode()

    assert "came here: 1, in rows" in page
    assert "in rows 3;" in page


def test_a_formula_is_stored_as_it_was_written_and_no_program_runs_it_from_what_comes_back(by):
    text = HEADER + '"=HYPERLINK(1)",Lark,h@example.com,,,,\n"=HYPERLINK(2)",Lark,no address,,,,\n'

    done = imported(text, by=by)

    assert Contact.objects.get().latin_given_name == "=HYPERLINK(1)"
    with pages.uploads.open_rejects(done) as file:
        assert b"'=HYPERLINK(2)" in file.read()


@pytest.mark.parametrize("when", ["before the first part", "between two parts"])
def test_whoever_signs_out_or_is_disabled_stops_nothing_half_way(client, by, monkeypatch, when):
    monkeypatch.setattr(work.rows_in, "CHUNK", 2)
    monkeypatch.setattr(pages.queueing, "hand_over", lambda batch: None)
    client.force_login(by)
    batch = checked(people(5), by=by)
    address = reverse("admin:crm_importbatch_confirm", args=[batch.pk])
    assert client.post(address).status_code == 302

    def leave():
        client.logout()
        Session.objects.all().delete()
        type(by).objects.filter(pk=by.pk).update(is_active=False)

    if when == "before the first part":
        leave()
    else:
        note = work._note_changes

        def then_leaves(batch, engine):
            note(batch, engine)
            leave()

        monkeypatch.setattr(work, "_note_changes", then_leaves)
    done = worked(batch)

    assert (done.state, done.counts) == (ImportState.DONE, {"create": 5})
    assert done.lease is None
    assert Contact.objects.count() == ContactPoint.objects.count() == 5
    assert str(done.uuid) not in work.abandoned()
