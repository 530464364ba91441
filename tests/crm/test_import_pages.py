"""The pages of an import: a step each, acting by POST alone, seen by whoever may see it."""

import io

import pytest
from django.test.html import parse_html
from django.urls import reverse
from django.utils import timezone

from config import roles
from crm.admin import imports as pages
from crm.enums import ImportState
from crm.imports import steps, uploads
from crm.imports.aliases import Why
from crm.models import Contact, ImportBatch
from privacy.models import JournalEntry
from tests.crm.importing import HEADER, checked, imported, member, notice, people, uploaded, worked

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_broker(monkeypatch):
    """Nobody listens here: the worker's part is done by the test."""
    monkeypatch.setattr(pages.queueing, "hand_over", lambda batch: None)


@pytest.fixture
def by():
    notice()
    return member()


@pytest.fixture
def signed_in(client, by):
    client.force_login(by)
    return client


def address(view, batch=None):
    return reverse(f"admin:crm_importbatch_{view}", args=[batch.pk] if batch else [])


def sent(content, **changed):
    file = io.BytesIO(content.encode())
    file.name = "people.csv"
    return {
        "file": file,
        "source_type": "card",
        "obtained_on": "2024-03-01",
        "role": "prospect",
        "basis": "legitimate_interests",
        "notice": "policy 1",
        **changed,
    }


def test_from_the_upload_to_the_result(signed_in):
    content = people(3) + ",,broken,,,,\n"

    page = signed_in.post(address("upload"), sent(content), follow=True)
    batch = ImportBatch.objects.get()
    assert page.redirect_chain[-1][0] == address("change", batch)
    assert "ann0@example.com" in page.content.decode()

    signed_in.post(address("check", batch))
    waiting = signed_in.get(address("change", batch))
    assert waiting["Refresh"] == "3"
    assert "<script>" not in waiting.content.decode().split("</main>")[0].split("<progress")[-1]
    worked(batch)
    page = signed_in.get(address("change", batch), {"verdict": "invalid"})
    assert "Refresh" not in page
    text = page.content.decode()
    assert "no name" in text
    assert "ann0@example.com" not in text

    signed_in.post(address("confirm", batch))
    worked(batch)
    text = signed_in.get(address("change", batch)).content.decode()
    assert address("rejects", batch) in text
    assert Contact.objects.count() == 3
    answer = signed_in.get(address("rejects", batch))
    assert "no-store" in answer["Cache-Control"]
    assert str(batch.uuid) in answer["Content-Disposition"]
    assert b"broken" in answer.getvalue()
    assert JournalEntry.objects.filter(verb="import.rejects").count() == 1


@pytest.mark.parametrize("missing", ["file", "source_type", "role", "basis", "notice"])
def test_what_is_mandatory_is_asked_for(signed_in, missing):
    facts = sent(people(1))
    del facts[missing]

    page = signed_in.post(address("upload"), facts)

    assert page.status_code == 200
    assert missing in page.context["form"].errors
    assert not ImportBatch.objects.exists()


def test_a_file_that_nobody_understands_is_kept_and_says_why(signed_in):
    page = signed_in.post(address("upload"), sent("a,b\n1,2\n"), follow=True)

    assert ImportBatch.objects.get().state == ImportState.UPLOADED
    assert "No header is known" in page.content.decode()


def test_a_step_out_of_turn_is_one_sentence(signed_in, by):
    batch = uploaded(people(1), by=by)

    page = signed_in.post(address("confirm", batch), follow=True)

    assert "that cannot be done" in page.content.decode()
    assert ImportBatch.objects.get().state == ImportState.READ


def test_columns_are_mapped_on_their_page_and_dropped_ones_are_named(signed_in, by):
    batch = uploaded(HEADER.replace("Company", "Spouse") + "Ann,Bee,a@example.com,,Zed,,\n", by=by)
    text = signed_in.get(address("change", batch)).content.decode()
    assert "Dropped, not stored: Spouse (" in " ".join(text.split())

    columns = {"column_0": "given", "column_1": "family", "column_2": "email"}
    signed_in.post(address("columns", batch), columns)

    assert ImportBatch.objects.get().mapping == {"given": [0], "family": [1], "email": [2]}


def test_a_worker_that_does_not_come_is_said(signed_in, by):
    batch = uploaded(people(1), by=by)
    steps.check(batch, by=by)
    ImportBatch.objects.update(queued_at=timezone.now() - 2 * pages.SOON)

    assert "No worker has taken it" in signed_in.get(address("change", batch)).content.decode()


def test_a_file_that_vanished_leaves_the_page_standing(signed_in, by):
    batch = checked(people(2), by=by)
    uploads.remove(batch)

    assert signed_in.get(address("change", batch)).status_code == 200


def test_staff_see_their_own_imports_and_confirm_none(client):
    colleague, other = member(roles.STAFF), member(roles.STAFF)
    batch = checked(people(1), by=colleague)

    client.force_login(other)
    assert client.get(address("change", batch)).status_code == 302
    assert client.get(address("rejects", batch)).status_code == 404
    client.force_login(colleague)
    assert client.get(address("change", batch)).status_code == 200
    assert client.post(address("confirm", batch)).status_code == 403
    assert ImportBatch.objects.get().state == ImportState.CHECKED


def test_hr_sees_imports_of_employees_alone(client, by):
    batch = checked(people(1), by=by)
    staff = checked(people(1, start=5), by=by, role="employee")
    client.force_login(member(roles.HR))

    assert client.get(address("change", batch)).status_code == 302
    assert client.get(address("change", staff)).status_code == 200


def test_an_undo_is_confirmed_by_post(signed_in, by):
    batch = imported(people(1), by=by)

    assert signed_in.get(address("undo", batch)).status_code == 200
    assert ImportBatch.objects.get().state == ImportState.DONE
    signed_in.post(address("undo", batch))
    assert ImportBatch.objects.get().state == ImportState.UNDOING


def test_a_file_is_read_as_somebody_says(signed_in, by):
    batch = uploaded("Ann,Bee,ann@example.com\nCid,Dee,cid@example.com\n", by=by)
    assert batch.state == ImportState.UPLOADED

    signed_in.post(address("read", batch), {"delimiter": ",", "first_row_is_data": "on"})
    columns = {"column_0": "given", "column_1": "family", "column_2": "email"}
    signed_in.post(address("columns", batch), columns)
    signed_in.post(address("check", batch))

    assert worked(batch).counts == {"create": 2}


def test_the_name_of_a_file_goes_into_no_field(signed_in):
    page = parse_html(signed_in.get(address("upload")).content.decode())

    (three_above,) = [
        above[-4] for above in ways(page) if ("type", "file") in above[-1].attributes
    ]
    # Where Unfold's script writes it: the first line of text below that element.
    first = next(way[-1] for way in ways(three_above) if ("type", "text") in way[-1].attributes)
    assert "disabled" in dict(first.attributes)
    assert "name" not in dict(first.attributes)


def ways(element, above=()):
    """Each element below this one, at the end of those that hold it."""
    for child in element.children:
        if not isinstance(child, str):
            yield (*above, element, child)
            yield from ways(child, (*above, element))


def test_a_doubtful_file_goes_on_by_post_alone(signed_in, by):
    batch = uploaded(HEADER + "Zo\ufffd,Bee,a@example.com,,,,\n", by=by)
    page = signed_in.get(address("change", batch)).content.decode()
    assert "Go on all the same" in page
    assert page.count("came here: 1, in rows 2") == 1
    go_on = reverse("admin:crm_importbatch_go_on", args=[batch.pk])

    assert signed_in.get(go_on).status_code == 200
    batch.refresh_from_db()
    assert batch.state == ImportState.UPLOADED
    signed_in.post(go_on, follow=True)

    batch.refresh_from_db()
    assert (batch.state, batch.despite_doubts) == (ImportState.READ, True)
    assert "Go on all the same" not in signed_in.get(address("change", batch)).content.decode()


def list_of(page):
    """The rows of the list of columns: number, heading, what it becomes."""
    (table,) = [
        way[-1]
        for way in ways(parse_html(page))
        if way[-1].name == "table" and any(above.name == "details" for above in way)
    ]
    rows = [way[-1] for way in ways(table) if way[-1].name == "tr"]
    return [[words(cell) for cell in row.children] for row in rows[1:]]


def words(element):
    return " ".join(
        child if isinstance(child, str) else words(child) for child in element.children
    ).strip()


def test_the_page_says_of_each_column_what_it_became(signed_in, by):
    header = "First Name,Last Name,E-mail,Birth year,Spouse,,Tags\n"
    batch = uploaded(header + "Ann,Bee,a@example.com,1980,Zed,x,unsubscribed\n", by=by)

    page = signed_in.get(address("change", batch)).content.decode()

    assert list_of(page) == [
        ["1", "First Name", "given name"],
        ["2", "Last Name", "family name"],
        ["3", "E-mail", "e-mail address"],
        ["4", "Birth year", Why.GATE.label],
        ["5", "Spouse", f"left out: {Why.EXCESS.label}"],
        ["6", "–", f"left out: {Why.BLANK.label}"],
        ["7", "Tags", Why.NO.label],
    ]
    assert "<details open>" in page


def test_of_many_columns_all_are_listed_folded_away(signed_in, by):
    wide = HEADER.strip() + "".join(f",Zzz {n}" for n in range(30)) + "\n"
    batch = uploaded(wide + "Ann,Bee,a@example.com,,,,\n", by=by)

    page = signed_in.get(address("change", batch)).content.decode()

    assert len(list_of(page)) == 37
    assert "<details>" in page
    assert "Dropped, not stored: 30 columns" in page
    assert "25 more columns are not shown" in page


def test_the_page_of_cards_lists_their_properties(signed_in, by):
    card = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Lark;Ann\r\nEMAIL:l@example.com\r\nNOTE:x\r\nEND:VCARD\r\n"
    batch = uploaded(card, by=by)

    rows = list_of(signed_in.get(address("change", batch)).content.decode())

    assert [row[1] for row in rows] == ["VERSION", "N", "EMAIL", "NOTE"]
    assert rows[0][2] == Why.FORM.label


def test_a_guessed_encoding_is_called_so_beside_the_rows(signed_in, by):
    notice()
    file = io.BytesIO(HEADER.encode() + "Łucja,Żak,l@example.com,,,,\n".encode("cp1250"))
    file.name = "people.csv"

    signed_in.post(address("upload"), {**sent(""), "file": file})
    page = signed_in.get(address("change", ImportBatch.objects.get())).content.decode()

    assert "(guessed)" in page


def test_doubts_stand_first_with_what_can_be_done(signed_in, by):
    batch = uploaded(
        HEADER.strip() + ",Remarks\nZo\ufffd,Bee,a@example.com,,,,,customer declined\n", by=by
    )

    page = signed_in.get(address("change", batch)).content.decode()

    (said,) = [
        way[-1]
        for way in ways(parse_html(page))
        if ("role", "alert") in way[-1].attributes and way[-1].name == "section"
    ]
    assert "came here: 1, in rows 2" in words(said)
    assert "Column 8 (Remarks)" in words(said)
    links = {value for way in ways(said) for name, value in way[-1].attributes if name == "href"}
    assert links == {address(step, batch) for step in ("read", "columns", "go_on")}


def test_whoever_waits_for_a_header_is_told_so_and_of_no_doubt(signed_in, by):
    page = signed_in.get(address("change", uploaded("a,b\n1,2\n", by=by))).content.decode()

    assert "something in it is doubtful" not in page
    assert "No header is known" in page


@pytest.mark.parametrize("columns", [7, 60])
def test_the_page_asks_the_same_of_the_database_however_wide_the_file(
    signed_in, by, columns, django_assert_num_queries
):
    header = HEADER.strip() + "".join(f",Zzz {n}" for n in range(columns - 7))
    batch = uploaded(header + "\nAnn,Bee,a@example.com,,,,\n", by=by)
    signed_in.get(address("change", batch))

    with django_assert_num_queries(5):
        signed_in.get(address("change", batch))
