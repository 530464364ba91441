"""What is written is read again: everybody who left in a file comes back as the same."""

import dataclasses
from datetime import date

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config import demonstration
from crm import contacts
from crm.contacts import Entry
from crm.enums import RoleKind
from crm.exports import columns
from crm.imports import batch, reading
from crm.imports.verdicts import Verdict
from crm.models import Contact
from crm.names import Names
from privacy.enums import PointKind
from privacy.points import Point, normal_form, points_in
from tests.crm.exporting import SOURCE, exported
from tests.crm.importing import member

FORMATS = ("csv", "xlsx", "vcard")
EVERYTHING = [str(column) for column in columns.COLUMNS]


def come_back(people, *, by, format, role=RoleKind.CLIENT, wanted=EVERYTHING):  # noqa: A002
    content = exported(people, by=by, format=format, columns=wanted)
    return batch.run(reading.read(content), source=SOURCE, role=role)


def assert_the_same(report, count):
    reasons = [(row.verdict, row.reason) for row in report.rejects]
    assert +report.counts == {Verdict.SAME: count}, reasons


# --- anybody ------------------------------------------------------------------------------------

SIGNS = st.sampled_from(
    [
        "'",
        "-",
        ",",
        ";",
        ":",
        "\\",
        '"',
        ".",
        "=",
        "+",
        "@",
        "(",
        "/",
        " ",
        ":::",
        "\t",
        "|",
        "\\n",
    ]
)
WORDS = st.sampled_from(
    "Ann O'Neil Smith-Jones Jr. Dr. Sr Prof PhD MA Ltd Sales Reception Major General Null N/A von "
    "Żółkiewska Müller Ó CHAN Tai LEE John Judge GBM Esq. III Sir mbH Company =1+1 -2 'tHoen".split()
)
LATIN = st.lists(st.one_of(WORDS, WORDS, SIGNS), max_size=4).map(" ".join)
GLUED = st.lists(st.one_of(WORDS, SIGNS), max_size=4).map("".join)
NATIVE = st.one_of(
    st.just(""),
    st.sampled_from(
        "陳 大文 歐陽 博士 先生 田中 さくら Иван Кузнецов Петрович 김 철수 公司 Ann".split()
    ),
    st.text("陳大文歐陽ИванКу김 ·", max_size=5),
)
TEXTS = st.one_of(LATIN, GLUED, NATIVE, st.text(max_size=12)).map(lambda t: t.replace("\0", ""))
EMAILS = st.one_of(
    st.sampled_from(
        ["ann@example.com", "=ann@example.com", "o'neil@example.org", "-a@example.com"]
    ),
    st.sampled_from(
        ["用戶@例子.廣告", "jörg@müller.example.de", "a+b@example.com", "'a@example.com"]
    ),
    st.emails(),
)
NUMBERS = st.one_of(
    st.sampled_from(
        ["2345 6789", "030 12345678", "+852 2555 0101 ext. 123", "2555 0101 ext. 5", "0123456",
         "+44 (0)20 7946 0958", "+1 (415) 555-2671", "123456789", "+999 123 456", "(030) 12345-67"]
    ),
    st.from_regex(r"(\+|00)?[1-9]\d{0,2}[ ./-]?\d{3,4}[ -]?\d{3,4}( ext\. \d{1,5})?", fullmatch=True),
)  # fmt: skip
LINKED = st.one_of(
    st.sampled_from(
        ["https://www.example.org/people/ann-link", "https://ann.example.org", "www.example.org",
         "https://example.org/a,b", "https://example.org/a:::b", "linkedin.com/in/ann",
         "https://example.org/about", "https://example.org/a;b|c", "https://例子.廣告/陳大文",
         "https://www.facebook.com/profile.php?id=7", "https://example.org/o'neil!"]
    ),
    st.from_regex(r"https://[a-z]{3,9}\.org(/[A-Za-z0-9,~%._-]{1,9}){0,2}", fullmatch=True),
)  # fmt: skip
KINDS = {PointKind.EMAIL: EMAILS, PointKind.PHONE: NUMBERS, PointKind.LINK: LINKED}


def one_each(found):
    """The points that were drawn, as a door stores them, each once."""
    kept = {}
    for kind, value in found:
        for point in points_in(Point(kind, value))[:1]:
            kept.setdefault((kind, normal_form(point)), point)
    return list(kept.values())


DRAWN = st.one_of([st.tuples(st.just(kind), values) for kind, values in KINDS.items()])
POINTS = st.lists(DRAWN, min_size=1, max_size=6).map(one_each).filter(bool)
NAMED = st.builds(Names, NATIVE, NATIVE, st.one_of(LATIN, GLUED), st.one_of(LATIN, GLUED)).filter(
    lambda names: any(part.strip() for part in dataclasses.astuple(names))
)
ENTRIES = st.builds(
    Entry,
    names=NAMED,
    language=st.sampled_from(["", "en", "zh-hant", "de"]),
    country=st.sampled_from(["", "HK", "DE", "US", "GB", "CH", "JP"]),
    points=POINTS,
    address=st.one_of(
        st.just({}),
        st.fixed_dictionaries(
            {"lines": TEXTS, "city": TEXTS, "region": TEXTS, "postcode": TEXTS,
             "country": st.sampled_from(["", "HK", "DE", "GB"])}
        ),
    ),
    born_on=st.one_of(st.none(), st.dates(date(1900, 1, 2), date(2005, 1, 1))),
    role=st.just(RoleKind.CLIENT),
    organisation=TEXTS,
    job_title=TEXTS,
)  # fmt: skip


@pytest.mark.django_db
@pytest.mark.both
@pytest.mark.parametrize("format", FORMATS)
@settings(
    suppress_health_check=list(HealthCheck),
    deadline=None,
    max_examples=40,
)
@given(entries=st.lists(ENTRIES, min_size=1, max_size=3))
def test_anybody_comes_back_as_the_same(format, entries):  # noqa: A002
    with transaction.atomic():
        by = member()
        for entry in entries:
            contacts.enter(entry, source=SOURCE, by=by)

        report = come_back(Contact.objects.all(), by=by, format=format)

        try:
            assert_the_same(report, len(entries))
        finally:
            transaction.set_rollback(True)


# --- whom a reader would not enter --------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.both
@pytest.mark.parametrize("format", FORMATS)
def test_whoever_a_file_could_not_enter_is_known_again(format):  # noqa: A002
    by = member()
    shared = Point(PointKind.EMAIL, "home@example.com")
    people = [
        # A name like a function's, nothing to be reached at, two who share an address, and a
        # number that the country of the person would read as another one.
        Entry(Names("", "", "Sales", "Reception"), points=[Point(PointKind.PHONE, "2345 6789")]),
        Entry(Names("", "", "Quillfeather", "Ann")),
        Entry(Names("", "", "Lark", "Bo"), points=[shared]),
        Entry(Names("", "", "Lark", "Cy"), points=[shared]),
        Entry(Names("", "", "Jr.", "Dr."), points=[Point(PointKind.PHONE, "030 12345678")],
              country="DE"),
    ]  # fmt: skip
    for entry in people:
        contacts.enter(entry, source=SOURCE, by=by)

    assert_the_same(come_back(Contact.objects.all(), by=by, format=format, role=""), 5)


@pytest.mark.django_db
@pytest.mark.both
def test_a_reference_recognises_and_never_changes_or_enters():
    ann = contacts.enter(Entry(Names("", "", "Lark", "Ann")), source=SOURCE, by=None)
    lines = "Reference,First Name,Last Name,E-mail\n"

    def verdicts_of(line):
        report = batch.run(reading.read((lines + line).encode()), source=SOURCE, role="")
        return list((+report.counts).elements())

    assert verdicts_of(f"{ann.uuid},Ann,Lark,\n") == [Verdict.SAME]
    # Another name, an address that is not on file, a reference of nobody's.
    assert verdicts_of(f"{ann.uuid},Bo,Other,\n") == [Verdict.INVALID]
    assert verdicts_of(f"{ann.uuid},Ann,Lark,new@example.com\n") == [Verdict.CREATE]
    assert verdicts_of("7d9c1d0e-0000-4000-8000-000000000000,Ann,Lark,\n") == [Verdict.INVALID]


@pytest.mark.django_db
@pytest.mark.both
@pytest.mark.parametrize("format", FORMATS)
def test_what_is_written_stands_there_again_in_an_empty_office(format):  # noqa: A002
    by = member()
    entry = Entry(
        Names("Кузнецов", "Иван", "O'Neil, Smith", "-Ann; Mary: \\"),
        points=[
            Point(PointKind.PHONE, "+852 2555 0101 ext. 123"),
            Point(PointKind.PHONE, "2555 0102 ext. 7"),
            Point(PointKind.LINK, "https://www.example.org/people/a,b"),
            Point(PointKind.LINK, "https://ann.example.org"),
        ],
        address={"lines": "-1 Road, Floor 2; B\nBlock: 3", "city": "A, B", "country": "HK"},
        role=RoleKind.CLIENT,
        organisation="=Harbour, Works; O'Neil",
        job_title="Director, Sales",
    )
    with transaction.atomic():
        contacts.enter(entry, source=SOURCE, by=by)
        content = exported(Contact.objects.all(), by=by, format=format, columns=EVERYTHING)
        transaction.set_rollback(True)

    batch.run(reading.read(content), source=SOURCE, role=RoleKind.CLIENT, apply=True)

    again = Contact.objects.get()
    assert (again.native_family_name, again.native_given_name) == ("Кузнецов", "Иван")
    assert again.latin_family_name == "O'Neil, Smith"
    assert {point.value for point in again.points.all()} >= {
        "https://www.example.org/people/a,b",
        "https://ann.example.org",
    }
    phones = {point.value for point in again.points.filter(kind=PointKind.PHONE)}
    assert {value.replace(" ", "") for value in phones} == {
        "+85225550101ext.123",
        "+85225550102ext.7",
    }
    address = again.addresses.get()
    assert (address.lines, address.city) == (entry.address["lines"], entry.address["city"])
    role = again.roles.get()
    assert (role.organisation.name, role.job_title) == (entry.organisation, entry.job_title)


# --- the demonstration office -------------------------------------------------------------------


@pytest.mark.django_db
def test_everybody_of_the_demonstration_office_comes_back_as_the_same():
    by = member()
    demonstration.build(on=timezone.localdate())
    everybody = Contact.objects.usable()

    for format in ("csv", "xlsx", "vcard"):  # noqa: A001
        assert_the_same(come_back(everybody, by=by, format=format, role=""), everybody.count())
        # Who is something to the firm already does not become a prospect besides.
        known = everybody.filter(roles__ended_on=None, roles__isnull=False).distinct()
        assert_the_same(come_back(known, by=by, format=format, role="prospect"), known.count())
