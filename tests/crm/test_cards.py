"""Cards: each is one row, whatever is in it; a comma is text; what is preferred comes first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.imports import card_lines, cards, reading

GOOD = ("VERSION:3.0", "N:Lark;Bo;;;", "FN:Bo Lark", "EMAIL:bo@example.com")


def card(*lines, end="\r\n"):
    return end.join(["BEGIN:VCARD", *lines, "END:VCARD", ""])


def read(text):
    return [dict(zip(cards.HEADER, cells, strict=True)) for _number, cells in cards.rows(text)]


def read_one(*lines):
    (row,) = read(card(*lines))
    return row


@pytest.mark.parametrize("version", ["2.1", "3.0", "4.0"])
@pytest.mark.parametrize("comma", [",", "\\,"])
def test_a_comma_is_text_in_a_property_that_is_no_list(version, comma):
    row = read_one(
        f"VERSION:{version}",
        f"N:Lark{comma} Sky;Bo{comma} Ann;Mary,Jo;;",
        f"TITLE:Director{comma} Sales",
        f"ROLE:Head{comma} of",
        f"ORG:Example{comma} Works;Sales",
        "EMAIL:bo@example.com",
        f"URL:https://example.org/a{comma}b",
        f"ADR:;;1 Road{comma} Floor 2;Town{comma} East;;1;HK",
    )

    assert (row["Last name"], row["First name"]) == ("Lark, Sky", "Bo, Ann")
    assert row["Middle name"] == "Mary Jo"
    assert row["Job title"] == "Director, Sales"
    assert row["Role"] == "Head, of"
    assert row["Company"] == "Example, Works"
    assert row["Profile url"] == "https://example.org/a,b"
    assert (row["Street"], row["City"]) == ("1 Road, Floor 2", "Town, East")
    assert read_one("NICKNAME:Joey,Jo", "EMAIL:j@example.com")["Full name"] == "Joey"


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("TEL;VALUE=uri:tel:+852-2555-0101;ext=123", "+852-2555-0101 ext. 123"),
        ('TEL;VALUE=uri;TYPE="work,voice":tel:2555-0101;phone-context=+852', "+852 2555-0101"),
        ("TEL;VALUE=uri:tel:+852-2555-0101;EXT=9;isub=1", "+852-2555-0101 ext. 9"),
        ("item1.TEL;CELL;VOICE:+852 2555 0101", "+852 2555 0101"),
        ("TEL:+852 2555 0101\\;ext=5", "+852 2555 0101 ext. 5"),
        ("TEL;TYPE=voice:sip:+85225550101@gw.example.com;user=phone", "+85225550101"),
        ("TEL;WORK;FAX:+852 2555 0101", ""),
        ("TEL;TYPE=pager:+852 2555 0101", ""),
        ('TEL;TYPE="fax,work":+852 2555 0101', ""),
    ],
)
def test_a_telephone_number_is_read_as_people_write_it(line, written):
    assert read_one(*GOOD, line)["Phone"] == written


@pytest.mark.parametrize(
    ("line", "link"),
    [
        ("URL:https://www.example.org/people/ann", "https://www.example.org/people/ann"),
        ("URL;TYPE=home:http://ann.example.org", "http://ann.example.org"),
        ("URL:http\\://www.example.org/~ann", "http://www.example.org/~ann"),
        ("X-SOCIALPROFILE;type=linkedin;x-user=a:https://linkedin.com/in/a",
         "https://linkedin.com/in/a"),
        ("item2.URL;type=pref:www.example.org/ann", "www.example.org/ann"),
        ("URL;TYPE=WORK:http://www.company.example.com", ""),
        ("URL:http://www.company.example.com/en/index.html", ""),
        ("X-SOCIALPROFILE;type=twitter:x-apple:ann", ""),
        ("IMPP;X-SERVICE-TYPE=Skype:skype:ann", ""),
    ],
)  # fmt: skip
def test_links_that_show_a_person_are_read_and_a_firms_is_named(line, link):
    row = read_one(*GOOD, line)

    assert row["Profile url"] == link
    assert bool(row["Reading note"]) == (not link and line.startswith("URL"))


def test_what_is_preferred_comes_first():
    row = read_one(
        "VERSION:4.0",
        "N:Lark;Bo;;;",
        "EMAIL:a@example.com",
        "EMAIL;PREF=2:b@example.com",
        "EMAIL;PREF=1:c@example.com",
        "TEL:+852 2555 0101",
        "TEL;TYPE=cell,pref:+852 2555 0102",
        "ORG:Second",
        "ORG;PREF=1:First;Unit",
        "TITLE:Other",
        "TITLE;PREF:Chief",
    )

    assert row["E-mail"] == "c@example.com ::: b@example.com ::: a@example.com"
    assert row["Phone"] == "+852 2555 0102 ::: +852 2555 0101"
    assert row["Company"] == "First ::: Second"
    assert row["Job title"] == "Chief ::: Other"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (card(), "empty"),
        (card("VERSION:3.0"), "no property that is read"),
        (card("Group: ", "First name:Eddie", "E-Mail 2:eddie@example.org"), "no property"),
        (card("X-A:b", "CATEGORIES:Friends"), "no property that is read"),
        (card("N:;;;;", "FN:", "TEL:"), "says nothing of a person"),
        ("BEGIN:VCARD\nN:Cut;Half\n", "no END:VCARD"),
        (card("N:A;B", "EMAIL:a@example.com") + "N:C;D\nEND:VCARD\n", "no BEGIN:VCARD"),
    ],
)
def test_a_card_that_cannot_go_in_says_why(text, reason):
    rows = read(text + card(*GOOD))

    assert reason in rows[-2]["Reading problem"]
    assert rows[-1]["E-mail"] == "bo@example.com"


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\r\r\n"])
def test_any_end_of_a_line_ends_one(end):
    text = card(
        "VERSION:3.0", "", "N:Lark;Bo;;;", "EMAIL:bo@exam", "\tple.com", "no colon", end=end
    )

    row, other = read(text * 2)

    assert row == other
    assert (row["Last name"], row["E-mail"]) == ("Lark", "bo@example.com")
    assert "no property: 1" in row["Reading note"]


def test_a_card_within_another_one_is_named_and_spoils_none():
    agent = ("AGENT:", "BEGIN:VCARD", "N:Inner;Ann", "EMAIL:inner@example.com")

    whole = read(card(*GOOD, *agent, "END:VCARD", "TEL:+852 2555 0101") + card(*GOOD))
    cut = read(card(*GOOD, *agent) + card(*GOOD))

    assert [row["E-mail"] for row in whole] == ["bo@example.com", "", "bo@example.com"]
    assert whole[0]["Phone"] == "+852 2555 0101"
    assert "AGENT" in whole[1]["Reading problem"]
    assert [row["E-mail"] for row in cut] == ["", "", "bo@example.com"]
    assert "no END:VCARD" in cut[0]["Reading problem"]


def test_lines_above_and_between_cards_are_counted():
    table = reading.read(("a line\r\n" + card(*GOOD) + "x\ny\n\n" + card(*GOOD)).encode())

    assert table.length == 2
    assert any("outside of any card" in said and "3" in said for said in table.warnings)


def test_an_encoded_semicolon_between_plain_ones_is_text():
    row = read_one(
        "VERSION:2.1", "N;ENCODING=QUOTED-PRINTABLE:Lark=3B Sky;Bo=", ";;;", "EMAIL:b@example.com"
    )

    assert (row["Last name"], row["First name"]) == ("Lark; Sky", "Bo")


LINE = st.text(st.characters(exclude_characters="\r\n"), max_size=30)
WITHIN = st.one_of(
    LINE.filter(lambda line: "AGENT" not in line.upper()),
    st.sampled_from([*GOOD, "TITLE:a,b", 'X-A;B="c:d', "PHOTO;BASE64:AAAA", " folded", "", "N:=",
                     "N;QUOTED-PRINTABLE:=", "TEL;VALUE=uri:tel:;ext=", "ADR:;", "URL:%", "=",
                     "EMAIL;ENCODING=B:!", "N;CHARSET=none;ENCODING=B:w8=", "BDAY:x", "UID:x"]),
).filter(lambda line: not card_lines.BEGINS.match(line) and not card_lines.ENDS.match(line))  # fmt: skip
ENDINGS = st.sampled_from(["\r\n", "\n", "\r"])


@given(
    cards_=st.lists(st.tuples(st.lists(WITHIN, max_size=6), st.booleans()), max_size=5),
    between=LINE.filter(
        lambda line: not card_lines.BEGINS.match(line) and not card_lines.ENDS.match(line)
    ),
    end=ENDINGS,
)
def test_each_card_is_one_row_whatever_is_in_it_and_around_it(cards_, between, end):
    text = "".join(
        end.join(["BEGIN:VCARD", *lines, *(["END:VCARD", between] if whole else []), ""])
        for lines, whole in cards_
    )

    rows = read(text + card(*GOOD, end=end))

    assert len(rows) == len(cards_) + 1
    assert all(any(row.values()) for row in rows)
    assert [bool("no END" in row["Reading problem"]) for row in rows] == [
        not whole for _lines, whole in cards_
    ] + [False]
    assert rows[-1]["E-mail"] == "bo@example.com"
