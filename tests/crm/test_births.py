"""Whatever a file says of birth or age meets the gate; what is no date keeps nobody out (S113)."""

import csv
import io
import re
from datetime import date, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from django.utils import timezone
from hypothesis import assume, given
from hypothesis import strategies as st

from crm import age
from crm.contacts import SourceFacts
from crm.enums import RoleKind, SourceType
from crm.forms import DemographicsForm
from crm.imports import batch, births, reading
from crm.imports.aliases import Why
from crm.imports.rows import Row, Verdict, understand
from crm.models import Contact, ContactPoint, Demographics, UnderAgeRefusal

ON = date(2026, 11, 30)
DATE_HEADERS = [
    "DOB", "D.O.B.", "DoB", "Date of Birth", "Birth Date", "birthDate", "birth_date", "born",
    "Born on", "Contact: Date of birth", "Geburtstag", "Geburtsdatum", "geb.", "geb. am",
    "Geb.-Datum", "Date de naissance", "生日", "出生日期", "出生年月日", "出生日", "Birthday",
    "Fecha de nacimiento", "Data di nascita", "Data de nascimento", "Geboortedatum",
    "Data urodzenia", "Datum narození", "Születési dátum", "Fødselsdato", "Födelsedatum",
    "Syntymäaika", "Data nașterii", "Datum rođenja", "Doğum tarihi", "Дата рождения",
    "Дата народження", "Ημερομηνία γέννησης", "生年月日", "생년월일",
]  # fmt: skip
YEAR_HEADERS = [
    "Year of birth", "YOB", "birth year", "birthYear", "Geburtsjahr", "Jahrgang", "出生年份",
    "出生年",
]  # fmt: skip
AGE_HEADERS = [
    "Age", "Age (years)", "Age group", "user_age", "Alter", "Lebensalter", "Alter in Jahren",
    "Altersgruppe", "年齡", "年歲", "歲數", "歲", "Edad", "Età", "Leeftijd", "Wiek", "Возраст", "年齢",
    "나이",
]  # fmt: skip
NOT_OF_BIRTH = [
    "Verwalter", "Average", "Page", "Manager", "Stage", "Message", "Birthplace", "Place of birth",
    "Name at birth", "Geburtsname", "Geburtsort", "出生地", "Language", "Alternate email", "Grade",
    "School year", "Gebühr", "Account age", "Spouse birthday", "Kind Geburtsdatum", "Mortgage",
]  # fmt: skip
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
HAN = str.maketrans("0123456789", "〇一二三四五六七八九")
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
DRESSES = [
    lambda d: f"{d:%Y-%m-%d}",
    lambda d: f"{d:%d/%m/%Y}",
    lambda d: f"{d:%m/%d/%Y}",
    lambda d: f"{d:%d.%m.%Y}",
    lambda d: f"{d:%Y%m%d}",
    lambda d: f"{d:%d%m%Y}",
    lambda d: f"{d:%d/%m/%y}",
    lambda d: f"{d:%Y/%d/%m}",
    lambda d: f"{d.day} {MONTHS[d.month - 1]} {d.year}",
    lambda d: f"{MONTHS[d.month - 1]} {d.day}, {d.year}",
    lambda d: f"{d.day}-{MONTHS[d.month - 1]}-{d:%y}",
    lambda d: f"{d.year}年{d.month}月{d.day}日",
    lambda d: f"{d.year}年{d.month}月{d.day}日".translate(HAN),
    lambda d: f"{d:%Y-%m-%d}".translate(WIDE),
    lambda d: f"民國{d.year - 1911}年{d.month}月{d.day}日",
    lambda d: f"{d.year - 1911}/{d:%m/%d}",
    lambda d: f"{d:%Y-%m-%d} 00:00:00",
    lambda d: f"{d:%Y-%m-%d}T00:00:00.000Z",
    lambda d: f"{d:%a %b %d %Y} 00:00:00 GMT+0800 (Hong Kong Standard Time)",
    lambda d: f"* {d:%d.%m.%Y}",
    lambda d: f"born {d:%d %B %Y}",
    lambda d: f"circa {d:%Y-%m-%d}?",
    lambda d: str((d - date(1899, 12, 30)).days),
    lambda d: str((d - date(1970, 1, 1)).days * 86400),
    lambda d: str((d - date(1970, 1, 1)).days * 86_400_000),
    # Less than a day.
    lambda d: f"{d.year}",
    lambda d: f"{d.year}年",
    lambda d: f"{d.year}.0",
    lambda d: f"ca. {d.year}",
    lambda d: f"{d:%m/%Y}",
    lambda d: f"{d:%Y-%m}",
    lambda d: f"{MONTHS[d.month - 1]} {d.year}",
    lambda d: f"{d.year}-{d.month:02}-00",
    lambda d: f"{d.day} mes {d.year}",
]
WHOLE = DRESSES[:5]
WORDS = {12: ("twelve", "zwölf", "十二", "douze"), 15: ("fifteen", "fünfzehn", "十五", "quinze")}
AGE_DRESSES = [
    "{}", "{} years", "{} yrs old", "{}yo", "{} Jahre", "{} Jahre alt", "{}歲", "{} 岁", "{} ans",
    "~{}", "ca. {}", "age: {}", "{}.5", "{}+", "{}-40", "{}–17", "under {}", "<{}", "U{}", "({})",
    "unter {}", "未滿{}歲", "{} years 11 months",
]  # fmt: skip
NO_DATES = [
    "", "-", "--", "n/a", "N/A", "#N/A", "none", "NULL", "unknown", "unbekannt", "keine", "k.A.",
    "無", "不詳", "?", ".", "not set", "//", "__/__/____", "dd/mm/yyyy", "TT.MM.JJJJ", "年/月/日",
    "0000-00-00 00:00:00", "0000-00-00T00:00:00Z", "--05-10", "--0510", "0000-05-10",
]  # fmt: skip
ZEROS = st.builds(
    lambda widths, sign: sign.join("0" * width for width in widths),
    st.lists(st.integers(1, 4), min_size=2, max_size=3),
    st.sampled_from(["/", ".", "-", " ", ". ", "年"]),
)


def understood(header, *values, dates=""):
    text = io.StringIO()
    writer = csv.writer(text)
    headers = [header] if isinstance(header, str) else header
    writer.writerow(["First Name", "E-mail", *headers])
    writer.writerow(["Ann", "ann@example.com", *values])
    table = reading.read(text.getvalue().encode())
    number, cells = next(table.rows())
    row = Row(number, cells)
    understand(
        row,
        table.columns,
        header=table.header,
        role=RoleKind.PROSPECT,
        on=ON,
        dates=dates,
    )
    return row


children = st.dates(date(2011, 1, 1), ON)
adults = st.dates(date(1930, 1, 1), date(1999, 12, 31))


@given(born=children, dress=st.sampled_from(DRESSES), header=st.sampled_from(DATE_HEADERS))
def test_a_child_never_passes_whatever_the_header_and_the_shape_of_the_date(born, dress, header):
    row = understood(header, dress(born))

    assert row.under_age, dress(born)
    assert row.entry.born_on is None
    assert not row.notes


@given(born=adults, dress=st.sampled_from(DRESSES), header=st.sampled_from(DATE_HEADERS))
def test_an_adult_goes_in_or_is_asked_about_and_no_other_day_is_stored(born, dress, header):
    moment = str((born - date(1970, 1, 1)).days * 86400)
    # A count of so few is as well a day of a spreadsheet's calendar, a finer one, or nothing.
    assume(dress(born) not in {moment, f"{moment}000"} or len(moment.lstrip("-")) >= 8)
    # Of two digits for each part the youngest reading may be a child's.
    assume(not re.fullmatch(r"\d{1,2}[/.-]\w{1,3}[/.-]\d{2}", dress(born)))
    row = understood(header, dress(born))

    assert not row.under_age, dress(born)
    assert row.entry.born_on in {None, born, *_turned(born)}
    if dress not in WHOLE and "/" not in dress(born):
        assert row.verdict is None, row.reason
    if row.verdict:
        assert "day or month first" in row.reason


def _turned(born):
    return {date(born.year, born.day, born.month)} if born.day <= 12 else set()


@given(year=st.integers(2010, 2026), header=st.sampled_from(YEAR_HEADERS + DATE_HEADERS))
def test_a_year_alone_counts_from_its_last_day(year, header):
    assert understood(header, str(year)).under_age
    assert not understood(header, str(year - 41)).under_age
    assert understood(header, str(year - 41)).entry.born_on is None


@given(
    years=st.integers(1, 15),
    dress=st.sampled_from(AGE_DRESSES),
    header=st.sampled_from(AGE_HEADERS),
)
def test_any_age_under_sixteen_is_a_child(years, dress, header):
    row = understood(header, dress.format(years))

    assert row.under_age


@given(
    years=st.integers(18, 99),
    dress=st.sampled_from(AGE_DRESSES[:14]),
    header=st.sampled_from(AGE_HEADERS),
)
def test_any_age_of_an_adult_goes_in_and_leaves_nothing(years, dress, header):
    row = understood(header, dress.format(years))

    assert row.verdict is None, row.reason
    assert row.entry.born_on is None


@pytest.mark.parametrize(
    "text",
    [
        *WORDS[12], *WORDS[15], "8 months", "10 Monate", "18 months", "minor", "Child", "Kind",
        "minderjährig", "未成年", "兒童", "teenager", "2016", "12 (2014)", "under 16", "0-3",
    ],
)  # fmt: skip
@pytest.mark.parametrize("header", ["Age", "Alter", "年齡"])
def test_a_child_is_known_by_its_words(header, text):
    assert understood(header, text).under_age


@pytest.mark.parametrize(
    "text", ["16", "16+", "over 16", "十六歲", "adult", "18-24", "fünfunddreißig"]
)
def test_sixteen_and_more_pass(text):
    assert understood("Age", text).verdict is None


@pytest.mark.parametrize(
    ("header", "text", "said"),
    [
        ("Age", "old enough", "age:"),
        ("DOB", "soon", "date of birth:"),
        ("DOB", "30.02.1980", "date of birth:"),
        ("DOB", "2031-01-01", "date of birth:"),
        ("Birthday", "after 1990", "date of birth:"),
    ],
)
def test_what_cannot_be_read_keeps_the_row_out_and_no_value_is_said(header, text, said):
    row = understood(header, text)

    assert row.verdict == Verdict.INVALID
    assert row.reason.startswith(said)
    assert text not in row.reason


@given(
    text=st.one_of(st.sampled_from(NO_DATES), ZEROS),
    header=st.sampled_from(DATE_HEADERS + YEAR_HEADERS + AGE_HEADERS),
)
def test_what_is_no_date_keeps_nobody_out(text, header):
    row = understood(header, text)

    assert row.verdict is None, row.reason
    assert row.entry.born_on is None
    assert not row.notes


@given(
    born=st.one_of(
        st.dates(date(1000, 1, 1), date(1899, 12, 31)),
        st.sampled_from([date(1604, 5, 10), date(1900, 1, 1), date(1904, 1, 1)]),
    ),
    header=st.sampled_from(DATE_HEADERS),
)
def test_a_year_that_stands_for_none_is_left_out_and_noted(born, header):
    row = understood(header, born.isoformat())

    assert row.verdict is None
    assert row.entry.born_on is None
    assert "left out" in row.notes[0]


def test_the_day_of_the_gate_is_exact():
    assert not understood("DOB", "2010-11-30").under_age
    assert understood("DOB", "2010-12-01").under_age
    assert understood("DOB", "2010-11-30").entry.born_on == date(2010, 11, 30)


@pytest.mark.parametrize(
    ("headers", "values", "is_minor"),
    [
        (("Birth Day", "Birth Month", "Birth Year"), ("30", "11", "2010"), False),
        (("Birth Day", "Birth Month", "Birth Year"), ("1", "12", "2010"), True),
        (("birth_year", "birth_month", "birth_day"), ("2010", "Dezember", "1"), True),
        (("Geburtstag Tag", "Geburtsmonat", "Geburtsjahr"), ("4", "5", "1980"), False),
        (("Birth Day", "Birth Month", "Birth Year"), ("4", "", "2010"), True),
        (("Birth Day", "Birth Month", "Birth Year"), ("4", "5", ""), False),
        (("出生年份", "出生月份", "出生日"), ("2016", "5", "4"), True),
        (("Birthday", "Age"), ("1980-05-04", "12"), True),
        (("Birthday", "DOB"), ("1980-05-04", "2016-05-04"), True),
        (("Is minor", "Note"), ("yes", ""), True),
        (("Is minor", "Note"), ("no", ""), False),
    ],
)
def test_parts_in_several_columns_are_one_date_and_the_youngest_counts(headers, values, is_minor):
    row = understood(headers, *values)

    assert row.under_age is is_minor
    assert row.verdict == (Verdict.REFUSED if is_minor else None)


@pytest.mark.parametrize("header", NOT_OF_BIRTH)
def test_a_header_that_speaks_of_something_else_is_not_asked(header):
    assert births.meaning_of(header) == ""
    assert not understood(header, "2016-05-04").under_age


def test_what_is_read_for_the_gate_alone_is_named():
    table = reading.read(b"Name,Email,Age,Year of birth,DOB\nAnn,ann@example.com,40,1980,\n")

    assert {column.name: column.why for column in table.dropped} == {
        "Age": Why.GATE,
        "Year of birth": Why.GATE,
    }
    by_hand = reading.read(
        b"Name,Email,DOB\nAnn,ann@example.com,2016\n", mapping={0: "full", 1: "email"}
    )
    assert {column.name: column.why for column in by_hand.dropped} == {"DOB": Why.GATE}


# --- cards and the database ---------------------------------------------------------------------


def card(*lines):
    head = ("BEGIN:VCARD", "VERSION:3.0", "N:Lark;Bo;;;", "EMAIL:bo@example.com")
    return "\r\n".join([*head, *lines, "END:VCARD", ""]).encode()


def imported(content, *, apply=True):
    return batch.run(
        reading.read(content),
        source=SourceFacts(SourceType.CARD, timezone.localdate()),
        role=RoleKind.PROSPECT,
        apply=apply,
    )


@pytest.mark.django_db
@pytest.mark.both
@pytest.mark.parametrize(
    "line",
    [
        "BDAY:{0}", "BDAY:{0}-05", "BDAY:{0}0104T000000Z", "BDAY;VALUE=text:circa {0}",
        "X-BIRTHDAY:{0}-01-04", "X-EVOLUTION-BIRTHDAY:{0}", "X-AGE:12", "item1.BDAY:04.01.{0}",
        "X-DATE_OF_BIRTH:{0}",
    ],
)  # fmt: skip
def test_a_child_on_a_card_moves_the_counter_alone(line):
    report = imported(card(line.format(timezone.localdate().year - 10)))

    assert report.counts == {Verdict.REFUSED: 1}
    assert UnderAgeRefusal.objects.get().count == 1
    assert not Contact.objects.exists()
    assert not ContactPoint.objects.exists()


@pytest.mark.django_db
@pytest.mark.both
@pytest.mark.parametrize(
    "line",
    [
        "BDAY;X-APPLE-OMIT-YEAR=1604:1604-05-10", "BDAY:--0504", "BDAY:--05-04", "BDAY:00000000",
        "BDAY:1980", "BDAY:", "ANNIVERSARY:20160504", "NOTE:her child was born on 2016-05-04",
        "X-APPLE-OMIT-YEAR:1604", "BDAY:1604-05-10",
    ],
)  # fmt: skip
def test_a_card_without_a_whole_birthday_goes_in_without_one(line):
    report = imported(card(line))

    assert report.counts == {Verdict.CREATE: 1}
    assert not Demographics.objects.exists()


@pytest.mark.django_db
@pytest.mark.both
def test_what_was_left_out_is_said_beside_a_row_that_goes_in():
    text = "First Name,E-mail,Birthday\nAnn,ann@example.com,1899-12-30\nBo,bo@example.com,0.0.00\n"

    report = imported(text.encode())

    assert report.counts == {Verdict.CREATE: 2}
    assert [(row.number, "left out" in row.reason) for row in report.noted] == [(2, True)]


@pytest.mark.parametrize(
    ("born", "sentence"),
    [
        (lambda: timezone.localdate() + timedelta(days=1), "not in the future"),
        (lambda: date(1899, 12, 31), "before 1900"),
        (lambda: date(1604, 5, 10), "before 1900"),
    ],
)
@pytest.mark.django_db
def test_the_form_and_the_rule_refuse_a_day_that_is_nobodys(born, sentence):
    form = DemographicsForm({"date_of_birth": born().isoformat()})

    assert sentence in str(form.errors["date_of_birth"])
    assert sentence in age.problem_of(born(), on=timezone.localdate())
    assert not UnderAgeRefusal.objects.exists()


def test_whoever_can_be_born_passes_the_rule():
    today = timezone.localdate()

    assert age.problem_of(today - relativedelta(years=40), on=today) == ""
