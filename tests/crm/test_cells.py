"""What stands in a cell: several values, damaged ones, none at all; one address; names."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.enums import RoleKind
from crm.imports import aliases, reading
from crm.imports.blanks import is_blank
from crm.imports.rows import Row, Verdict, understand
from crm.models import Contact, ContactPoint, PostalAddress
from crm.names import Names, agree, is_no_person, says_less, split
from tests.crm.importing import imported, member

ON = date(2026, 3, 1)
HEADER = ("First Name", "Last Name", "E-mail", "Phone", "Company", "Country")


def understood(*cells, header=HEADER):
    row = Row(2, list(cells))
    understand(row, aliases.columns_of(header), header=header, role=RoleKind.PROSPECT, on=ON)
    return row


def lack(row):
    """Why a row can enter nobody: it may still say again what is on file."""
    assert row.verdict is None
    return row.lacks


def values(row):
    return [point.value for point in row.entry.points]


PLACEHOLDERS = (
    "", "-", "--", "—", ".", "?", "/", "N/A", "n/a", "#N/A", "#REF!", "#VALUE!", "#NAME?", "#WERT!",
    "#BEZUG!", "k.A.", "(null)", "(blank)", "not available", "unknown", "unbekannt", "keine Angabe",
    "不詳", "無資料", "未知", "NULL", "\u200b", "\u00a0",
)  # fmt: skip


@pytest.mark.parametrize("placeholder", PLACEHOLDERS)
@pytest.mark.parametrize("column", range(2, 6))
def test_a_placeholder_is_a_blank_in_every_column(placeholder, column):
    cells = ["Ann", "Lark", "ann@example.com", "2555 0150", "Example Ltd", "HK"]
    cells[column] = placeholder

    row = understood(*cells)

    assert (row.verdict, row.notes) == (None, [])
    assert len(row.entry.points) == (1 if column in {2, 3} else 2)


@pytest.mark.parametrize("placeholder", PLACEHOLDERS)
def test_a_placeholder_is_no_name(placeholder):
    assert lack(understood(placeholder, placeholder, "a@example.com", "", "", "")) == "no name"
    assert understood("Ann", placeholder, "a@example.com", "", "", "").verdict is None


@pytest.mark.parametrize("name", ["Null", "Na", "None", "Ng", "O", "Nil"])
def test_a_family_name_that_is_a_word_for_nothing_is_a_name(name):
    assert not is_blank(name, of_a_name=True)


@pytest.mark.parametrize("mark", ["; ", ", ", " / ", "\n", " | ", " und ", " or ", "、", " ::: "])
def test_several_values_of_a_cell_are_points_of_their_own(mark):
    row = understood(
        "Ann", "Lark", mark.join(["a@example.com", "b@example.com"]),
        mark.join(["2555 0150", "2555 0151"]), "", "",
    )  # fmt: skip

    assert values(row) == ["a@example.com", "b@example.com", "2555 0150", "2555 0151"]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("mailto:ann@example.com", "ann@example.com"),
        ("'ann@example.com", "ann@example.com"),
        ("Ann Lark <ann@example.com>", "ann@example.com"),
        ('"Lark, Ann" <ann@example.com>', "ann@example.com"),
        ("\ufeffann@example.com\u200b", "ann@example.com"),
    ],
)
def test_an_address_is_stored_without_its_dress(cell, value):
    assert values(understood("Ann", "Lark", cell, "", "", "")) == [value]


@pytest.mark.parametrize(
    "cell", ["8.52511E+11", "8,52511E+11", "8.5E11", "8.52511e+011", "8.5 x 10^11"]
)
def test_a_shortened_number_is_left_out_and_keeps_out_whom_nothing_else_reaches(cell):
    reached = understood("Ann", "Lark", "ann@example.com", cell, "", "")
    alone = understood("Ann", "Lark", "", cell, "", "")

    assert reached.verdict is None
    assert values(reached) == ["ann@example.com"]
    assert "Phone: shortened by a spreadsheet" in reached.notes[0]
    assert "Phone: shortened by a spreadsheet" in lack(alone)


def test_blank_surplus_cells_are_none_and_others_keep_a_row_out():
    cells = ["Ann", "Lark", "ann@example.com", "", "", ""]

    assert understood(*cells, "", " ", "-").verdict is None
    assert "more cells" in understood(*cells, "", "x").reason


def test_an_unknown_country_of_an_address_is_left_out_and_one_of_residence_keeps_the_row_out():
    header = ("Name", "E-mail", "City", "Address country", "Country")

    address = understood("Ann Lark", "a@example.com", "Oz", "Ozland", "", header=header)
    residence = understood("Ann Lark", "a@example.com", "Oz", "", "Ozland", header=header)

    assert address.verdict is None
    assert address.entry.address["city"] == "Oz"
    assert address.entry.address["country"] == ""
    assert "country of the address" in address.notes[0]
    assert residence.verdict == Verdict.INVALID


PARTS = ("Street", "City", "Postal Code", "Country")
SETS = (
    ("Business", "Home"),
    ("Address 1 -", "Address 2 -"),
    ("Mailing", "Other"),
    ("primary_address", "alt_address"),
    ("商務", "住家"),
)
CHINESE = {"Street": "街道", "City": "城市", "Postal Code": "郵遞區號", "Country": "國家"}


def headings(place):
    return [f"{place}{CHINESE[p]}" if place in {"商務", "住家"} else f"{place} {p}" for p in PARTS]


@settings(max_examples=200)
@given(st.sampled_from(SETS), st.lists(st.booleans(), min_size=8, max_size=8), st.booleans())
def test_an_address_is_of_one_set_whatever_is_missing(places, filled, turned):
    columns = [(place, part) for place in (0, 1) for part in range(4)]
    if turned:
        columns.sort(key=lambda pair: pair[1])
    header = ("Name", "E-mail", *(headings(places[place])[part] for place, part in columns))
    cells = {
        pair: (("France", "Germany")[pair[0]] if pair[1] == 3 else f"{'AB'[pair[0]]}{pair[1]}")
        for pair, is_filled in zip(columns, filled, strict=True)
        if is_filled
    }

    row = understood(
        "Ann Lark", "a@example.com", *(cells.get(p, "") for p in columns), header=header
    )

    address = row.entry.address
    of = {value[0] for name, value in address.items() if value and name != "country"}
    if address:
        (place,) = of
        assert address["country"] in {"", {"A": "FR", "B": "DE"}[place]}
        mine = {p: v for p, v in cells.items() if "AB"[p[0]] == place}
        assert len([v for v in address.values() if v]) == len(mine)
        assert bool(row.notes) == (len(cells) > len(mine))


@pytest.mark.parametrize(
    "style", ["{0} {1}", "{0}{1}", "{0}_{1}", "{0}-{1}", "{0}.{1}", " {0}  {1} ", "{0}: {1}"]
)
@pytest.mark.parametrize("case", [str.title, str.upper, str.lower])
@pytest.mark.parametrize(
    ("words", "field"),
    [
        (("first", "name"), "given"),
        (("last", "name"), "family"),
        (("email", "address"), "email"),
        (("phone", "number"), "phone"),
        (("job", "title"), "job_title"),
        (("account", "name"), "organisation"),
        (("postal", "code"), "postcode"),
    ],
)
def test_a_heading_is_known_in_any_case_style(style, case, words, field):
    heading = style.format(*map(case, words))
    if style == "{0}{1}" and case is not str.title:
        return

    assert aliases.columns_of([heading]) == {field: [0]}
    if style == "{0}{1}":
        assert aliases.columns_of([heading[0].lower() + heading[1:]]) == {field: [0]}


@pytest.mark.parametrize(
    "header",
    [
        "firstName,lastName,emailAddress,phoneNumber,accountName",
        "first_name;last_name;email1;phone_mobile;account_name",
        "Person - First name,Person - Last name,Person - Email - Work,Person - Phone - Mobile,Organization - Name",
        "Prénom;Nom;Adresse de messagerie;Téléphone (bureau);Société",
        "Nombre;Apellidos;Correo electrónico;Teléfono móvil;Empresa",
        "Nome;Cognome;Indirizzo posta elettronica;Cellulare;Società",
        "Imię;Nazwisko;Adres e-mail;Telefon komórkowy;Firma",
        "Voornaam;Achternaam;E-mailadres;Mobiele telefoon;Bedrijf",
        "Имя;Фамилия;Электронная почта;Мобильный телефон;Организация",
        "名;姓;电子邮件地址;移动电话;公司",
        "名;姓;メールアドレス;携帯電話;会社名",
        "Vorname;Name;E-Mail (geschäftlich);Mobiltelefon;Firma",
    ],
)
def test_headings_of_other_programs_and_languages_are_known(header):
    mark = ";" if ";" in header else ","
    columns = aliases.columns_of(header.split(mark))

    assert columns == {
        "given": [0],
        "family": [1],
        "email": [2],
        "phone": [3],
        "organisation": [4],
    }


@pytest.mark.parametrize(
    "heading",
    [
        "Email Status",
        "Assistant's Phone",
        "Emergency contact phone",
        "Spouse Email",
        "User Name",
        "E-mail 1 - Label",
        "Fax",
        "Company Size",
        "Name Prefix",
        "Mother's name",
        "Phone verified",
    ],
)
def test_a_heading_that_says_more_is_not_taken_for_it(heading):
    assert not {"email", "phone", "full", "given", "family", "organisation"} & set(
        aliases.columns_of([heading])
    )


def test_what_was_recognised_stays_chosen_where_no_name_is():
    table = reading.read(b"emailAddress,Code,City\na@example.com,1,Oz\n", any_header=True)

    assert table.columns == {"email": [0], "city": [2]}


SUFFIXES = (" Jr.", ", Jr.", " Sr", " II", " III", ", PhD", " Ph.D.", ", Ph. D.", " MBA", ", MBA, PhD", ", GBM", ", GBS, JP", " OBE", ", BBS, MH", " Esq.", ", LL.M.", ", M.A.", " CPA", ", FCCA, CPA", ", QC", " MD", ", Dipl.-Ing.", " Mr", " Ms.")  # fmt: skip
TITLES = ("Mr ", "Ms. ", "Dr ", "Prof. Dr. ", "Sir ", "The Hon. ", "Hon ", "Ir. ", "Rev. ", "Herr Dr. ", "Frau ", "Dipl.-Ing. ", "Mag. ", "Mme ", "Sra. ", "Dott. ", "Tan Sri ", "Dato' ", "Capt. ")  # fmt: skip


@given(
    st.sampled_from(("John Smith", "Mary Ann Lark", "CHAN Tai Man", "Zoë O'Brien", "Lark, Ann")),
    st.sampled_from(("", *TITLES)),
    st.sampled_from(("", *SUFFIXES)),
)
def test_titles_before_and_suffixes_behind_are_no_name(name, title, suffix):
    assert split(full=f"{title}{name}{suffix}") == split(full=name)


@given(
    st.sampled_from(("陳大文", "王小明", "歐陽美玲")),
    st.sampled_from(
        (
            "先生",
            "小姐",
            "女士",
            " Ms",
            " Mr.",
            "博士",
            "教授",
            "醫生",
            "律師",
            "經理",
            "太平紳士",
            " 先生",
            ", JP",
        )
    ),
)
def test_titles_behind_a_chinese_name_are_no_name(name, title):
    assert split(full=f"{name}{title}") == split(full=name)


@pytest.mark.parametrize(
    "name",
    ["Wong KC", "Tai Man MA", "Ann Do", "Chan JP", "Junior Silva", "Ma Ka Wai", "King Tai Man"],
)
def test_what_looks_like_a_suffix_and_is_a_name_stays(name):
    names = split(full=name)

    assert sorted(f"{names.latin_given_name} {names.latin_family_name}".split()) == sorted(
        name.split()
    )


@pytest.mark.parametrize(
    ("full", "expected"),
    [
        ("陳大文 Peter", Names("陳", "大文", "Peter", "")),
        ("Chan Tai Man (陳大文)", Names("陳", "大文", "Man", "Chan Tai")),
        ("Иван Иванов Ivan Ivanov", Names("Иванов", "Иван", "Ivanov", "Ivan")),
        ("田中さくら", Names("田中", "さくら")),
        ("田中 さくら Sakura Tanaka", Names("田中", "さくら", "Tanaka", "Sakura")),
        ("김민수", Names("김", "민수")),
    ],
)
def test_a_name_in_two_scripts_is_not_torn_apart(full, expected):
    assert split(full=full) == expected


@pytest.mark.parametrize(
    "name",
    [
        "Example Ltd",
        "Example GmbH & Co. KG",
        "Reception",
        "Sales Department",
        "Info",
        "Buchhaltung",
        "某某有限公司",
        "會計部",
        "Customer Service",
        "Example Holdings",
        "Muster AG",
    ],
)
def test_a_firm_or_a_function_is_no_person(name):
    assert is_no_person(split(full=name))
    assert "firm's or a function's" in lack(understood("", name, "a@example.com", "", "", ""))


@pytest.mark.parametrize(
    "name",
    ["Ann Sales", "Bob Page", "Ann Lark", "陳大文", "Mark Office-Smith", "Desk Ann"],
)
def test_a_person_whose_name_has_such_a_word_is_one(name):
    assert not is_no_person(split(full=name))


def test_a_row_that_says_less_of_a_name_says_nothing_else():
    stored = Names("陳", "大文", "Lark", "Ann Mary")

    assert says_less(Names("", "", "Lark", ""), stored)
    assert says_less(Names("", "", "", "Ann Mary"), stored)
    assert says_less(Names("陳", "", "Lark", ""), stored)
    assert not says_less(Names("", "", "Robin", ""), stored)
    assert not says_less(Names("", "", "Lark", "Bob"), stored)
    assert not says_less(stored, Names("", "", "Lark", ""))
    assert not agree(Names("", "", "Lark", ""), stored)


@pytest.mark.django_db
@pytest.mark.both
def test_a_part_of_a_name_beside_a_shared_telephone_makes_nobody_a_colleague():
    by = member()
    header = "First Name,Last Name,E-mail,Phone\n"
    imported(f"{header}Ann,Chan,ann@example.com,2555 0150\n", by=by)

    again = imported(f"{header},Chan,,2555 0150\n", by=by)
    colleague = imported(f"{header},Chan,bob@example.com,2555 0150\n", by=by)
    more = imported(f"{header}Ann Mary,Chan,ann@example.com,\n", by=by)

    assert (again.counts, colleague.counts) == ({"same": 1}, {"create": 1})
    assert more.counts == {"conflict": 1}


@pytest.mark.django_db
@pytest.mark.both
def test_blanks_change_nothing_of_who_is_stored():
    by = member()
    header = "First Name,Last Name,E-mail,Phone,Country,Street,City\n"
    imported(f"{header}Ann,Lark,ann@example.com,2555 0150,HK,1 Road,Oz\n", by=by)

    for cells in (
        "Ann,,ann@example.com,,,,",
        ",Lark,ann@example.com,-,N/A,,",
        "Ann,Lark,ann@example.com,,,,",
    ):
        again = imported(f"{header}{cells}\n", by=by)
        assert again.counts == {"same": 1}

    (ann,) = Contact.objects.all()
    assert (ann.latin_given_name, ann.latin_family_name, ann.residence_country) == (
        "Ann",
        "Lark",
        "HK",
    )
    assert ContactPoint.objects.count() == 2
    assert PostalAddress.objects.get().city == "Oz"


@pytest.mark.parametrize("suffix", [" Jr.", " MD", ", PhD", " JP", " III"])
def test_a_suffix_in_a_column_of_its_own_name_is_none(suffix):
    assert split(family=f"Smith{suffix}", given="John") == Names("", "", "Smith", "John")
    assert split(family="Smith", given=f"John{suffix}") == Names("", "", "Smith", "John")
