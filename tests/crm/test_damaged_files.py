"""Files of other programs, each with one kind of damage: by command and console the same is right.

They lie beside the checkout, where there is such a folder (`LETHE_CASES`), and not in the project.
"""

import io
import json
import os
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from crm.errors import ImportRefused
from crm.imports import steps
from crm.merge import merge
from crm.models import Contact, ContactPoint, Demographics, ImportBatch, PostalAddress, Role
from privacy import suppression
from privacy.enums import PointKind, SuppressionScope
from privacy.models import ConsentEvent
from privacy.points import Point
from tests.crm.exporting import exported
from tests.crm.importing import imported, member, notice, undone, uploaded, worked

CASES = Path(os.environ.get("LETHE_CASES", "/nowhere")) / "imports"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.both,
    pytest.mark.skipif(
        not CASES.is_dir(), reason="no files of other programs beside the checkout"
    ),
]
COUNTS = {
    "k02_child_bday_year_alone.vcf": {"refused": 1},
    "k02_child_dob_header.csv": {"refused": 1},
    "k03_optout_shopify.csv": {"create": 2},
    "k03_optout_status_column.csv": {"create": 3},
    "k04_outlook_de_no_birthday.csv": {"create": 1},
    "k05_apple_no_year.vcf": {"create": 1},
    "k06_phone_in_scientific_notation.csv": {"create": 1, "invalid": 1},
    "k07_work_street_home_city.csv": {"create": 1},
    "k08_countries_of_a_hong_kong_desk.csv": {"create": 12},
    "k09_cp1250_hungarian.csv": {"create": 2},
    "k09_cp1250_polish.csv": {"create": 2},
    "k10_rows_end_in_a_comma.csv": {"create": 2},
    "k11_two_emails_in_a_cell.csv": {"create": 2},
    "k11_two_phones_in_a_cell.csv": {"create": 1},
    "k12_placeholders.csv": {"create": 2, "invalid": 2},
    "k13_hidden_sheet_first.xlsx": {"create": 1},
    "k13_one_stray_blank_last_row.xlsx": {"create": 1},
    "k14_phone_with_extension.csv": {"create": 1},
    "k15_known_by_a_link_alone.csv": {"create": 1},
    "k16_vcard_comma_not_escaped.vcf": {"create": 1},
    "k20_espocrm_header.csv": {"create": 1},
    "k20_suitecrm_header.csv": {"create": 1, "invalid": 1},
    "k21_one_nul_byte.csv": {"create": 2},
    "k22_two_byte_order_marks.csv": {"create": 1},
    "k23_suffixes_in_full_names.csv": {"create": 3},
    "k25_cards_without_a_known_property.vcf": {"invalid": 2},
    "k26_address_in_a_dress.csv": {"create": 3},
}


def content(name):
    return (CASES / name).read_bytes()


def planned(name, *options):
    notice()
    out = io.StringIO()
    call_command(
        "import_contacts", str(CASES / name), "--source", "card", "--role", "prospect", "--json",
        "--verdicts", *options, stdout=out, stderr=io.StringIO(),
    )  # fmt: skip
    return json.loads(out.getvalue())


def counts(result):
    return {verdict: count for verdict, count in result["counts"].items() if count}


def brought(name):
    batch = imported(content(name), by=member())
    assert batch.counts == COUNTS[name]
    return batch


def points(kind):
    return sorted(ContactPoint.objects.filter(kind=kind).values_list("value", flat=True))


def latin():
    return sorted(Contact.objects.values_list("latin_given_name", "latin_family_name"))


@pytest.mark.parametrize("name", sorted(COUNTS))
def test_a_damaged_file_comes_out_right_by_command_and_by_console(name):
    plan = planned(name)

    assert counts(plan) == COUNTS[name]
    assert len(plan["verdicts"]) == plan["rows"] == sum(COUNTS[name].values())
    assert all(row["reason"] for row in plan["rejects"])
    brought(name)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("k13_password_protected.xlsx", "protected by a password"),
        ("k19_twenty_thousand_columns.csv", "more than 500 columns"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(name, says):
    with pytest.raises(CommandError, match=says):
        planned(name)

    batch = uploaded(content(name), by=member())
    assert says in batch.failure


def test_a_suppressed_number_with_a_word_or_a_second_one_is_refused():
    suppression.suppress(
        [Point(PointKind.PHONE, "+852 2555 0140")], scope=SuppressionScope.NO_REENTRY, by=None
    )

    for dress, rows in (("two_in_a_cell", 1), ("with_a_word", 2)):
        name = f"k01_suppressed_phone_{dress}.csv"
        assert counts(planned(name)) == {"refused": rows}
        assert imported(content(name), by=member()).counts == {"refused": rows}
    assert not Contact.objects.exists()


def test_noes_of_shops_and_of_states_are_noes():
    brought("k03_optout_shopify.csv")
    brought("k03_optout_status_column.csv")

    said = {}
    for event in ConsentEvent.objects.filter(kind="refused").select_related("subject"):
        said.setdefault(event.subject.latin_given_name, set()).add(event.channel)
    assert set(said) == {"Ann", "Bob", "Cat"}
    names = ConsentEvent.objects.values_list("subject__latin_family_name", flat=True)
    assert {"Shop", "Optout"} == set(names)
    bob = Contact.objects.get(latin_given_name="Bob", latin_family_name="Shop")
    channels = ConsentEvent.objects.filter(subject=bob).values_list("channel", flat=True)
    assert set(channels) == {"sms"}
    enabled = Contact.objects.get(latin_given_name="Bob", latin_family_name="Optout")
    assert not ConsentEvent.objects.filter(subject=enabled).exists()


def test_no_date_and_no_year_leave_nobody_out_and_invent_nothing():
    brought("k04_outlook_de_no_birthday.csv")
    brought("k05_apple_no_year.vcf")

    assert not Demographics.objects.exists()
    assert points(PointKind.PHONE) == ["+49 40 5550100"]


def test_one_address_is_of_one_set():
    brought("k07_work_street_home_city.csv")

    address = PostalAddress.objects.get()
    assert (address.lines, address.city, address.postcode, address.country) == (
        "1 Example Road", "", "", "GB",
    )  # fmt: skip


def test_the_countries_of_a_hong_kong_desk_are_known():
    brought("k08_countries_of_a_hong_kong_desk.csv")

    found = Contact.objects.order_by("pk").values_list("residence_country", flat=True)
    assert list(found) == "HK HK HK CN CN KY VG PK PE SA GB HK".split()


def test_names_of_central_europe_are_right_and_said_to_be_guessed():
    assert planned("k09_cp1250_polish.csv")["read"]["guessed"]
    brought("k09_cp1250_polish.csv")
    brought("k09_cp1250_hungarian.csv")

    families = set(Contact.objects.values_list("latin_family_name", flat=True))
    assert families == {"W\u0105sowska", "Go\u0142\u0105b", "Erd\u0151s", "Sz\u0171cs"}


def test_several_values_of_a_cell_are_points_of_their_own():
    brought("k11_two_emails_in_a_cell.csv")
    brought("k11_two_phones_in_a_cell.csv")

    assert len(points(PointKind.EMAIL)) == 5
    assert points(PointKind.PHONE) == ["2555 0150", "2555 0151"]


def test_a_shortened_number_and_placeholders_are_nowhere():
    brought("k06_phone_in_scientific_notation.csv")
    brought("k12_placeholders.csv")

    assert points(PointKind.PHONE) == []
    assert latin() == [("Ann", "Blank"), ("Ann", "Sci"), ("Bob", "")]


@pytest.mark.parametrize("name", ["k14_phone_with_extension.csv", "k15_known_by_a_link_alone.csv"])
def test_who_leaves_on_a_card_comes_back_as_the_same(name):
    brought(name)
    by = member()
    columns = ["names", "email", "phone", "link"]

    card = exported(Contact.objects.all(), by=by, format="vcard", columns=columns)
    again = imported(card, by=by)

    assert again.counts == {"same": 1}


def test_a_comma_in_a_title_is_text():
    brought("k16_vcard_comma_not_escaped.vcf")

    assert Role.objects.get().job_title == "Director, Sales"


def test_an_undo_follows_its_import_through_a_merge():
    by = member()
    first = imported(content("k17_undo_after_merge_1.csv"), by=by)
    second = imported(content("k17_undo_after_merge_2.csv"), by=by)
    kept, gone = Contact.objects.order_by("pk")
    merge(kept, gone, by=by)

    done = undone(second, by=by)

    assert done.undone["people"] == 1
    assert points(PointKind.EMAIL) == ["ub1@example.com"]
    assert points(PointKind.PHONE) == ["+85225550341"]
    assert ImportBatch.objects.get(pk=first.pk).counts == {"create": 1}


def test_damaged_bytes_leave_their_names():
    brought("k21_one_nul_byte.csv")
    brought("k22_two_byte_order_marks.csv")

    assert latin() == [("Ann", "Bee"), ("Ann", "Bom"), ("Cat", "Dee")]


def test_suffixes_are_no_name():
    brought("k23_suffixes_in_full_names.csv")

    assert latin() == [("", ""), ("John", "Smith"), ("Siu-ming", "CHAN")]
    assert Contact.objects.filter(
        native_family_name="\u738b", native_given_name="\u5c0f\u660e"
    ).exists()


def test_lost_characters_wait_until_somebody_goes_on():
    by = member()
    assert planned("k24_lost_characters_in_the_header.csv")["read"]["doubts"]
    batch = uploaded(content("k24_lost_characters_in_the_header.csv"), by=by)
    with pytest.raises(ImportRefused):
        steps.check(batch, by=by)

    steps.go_on(batch, by=by)
    steps.check(batch, by=by)

    assert worked(batch).counts == {"create": 1}


def test_an_address_is_stored_without_its_dress():
    brought("k26_address_in_a_dress.csv")

    assert points(PointKind.EMAIL) == [f"dress{n}@example.com" for n in (1, 2, 3)]
