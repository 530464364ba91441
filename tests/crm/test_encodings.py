"""Encodings that are easily taken for another, and files of which a few bytes were damaged."""

import io
import json
from itertools import product

import pytest
from django.core.management import CommandError, call_command

from crm.enums import ImportState
from crm.errors import ImportRefused
from crm.imports import encodings, reading, steps
from privacy.models import JournalEntry
from tests.crm.importing import HEADER, checked, member, uploaded

WEST = ("cp1252", "iso8859-1", "iso8859-15", "mac-roman", "cp850")
CENTRAL = ("cp1250", "iso8859-2", "mac-latin2", "cp852")
CYRILLIC = ("cp1251", "koi8-r", "iso8859-5", "cp866", "mac-cyrillic")
# Header, given names, family names; and the encodings in which they can be written.
LANGUAGES = {
    "Polish": (
        "Imię,Nazwisko",
        "Łukasz Grażyna Bożena Zdzisław",
        "Wąsowicz Żurawska Śliwa",
        CENTRAL,
    ),
    "Czech": ("Jméno,Příjmení", "Bohuš Květa Jiřina Eliška", "Šebesta Říha Ťulák Ďásek", CENTRAL),
    "Slovak": ("Meno,Priezvisko", "Ľuboslava Žigmund Ružena", "Hraško Šťastná Kvačkaj", CENTRAL),
    "Hungarian": (
        "Név,Utónév",
        "Jenő Ödön Piroskő Ágota",
        "Kőszegi Hegedűs Csőke Fűzesi",
        CENTRAL,
    ),
    "Croatian": ("Ime,Prezime", "Đurđica Željka Krešimir", "Šostarić Čehulić Ružić", CENTRAL),
    "Slovene": ("Ime,Priimek", "Špela Žarko Nuša", "Črnič Jamšek Ožbolt", CENTRAL),
    "Romanian": (
        "Prenume,Nume",
        "Bărbuţa Ştefana Măriuca",
        "Ţurcanu Pădurariu Vlăşceanu",
        CENTRAL[:2],
    ),
    "German": ("Vorname,Straße", "Jürgen Käte Götz Bärbel", "Höß Schäuble Büchner Öhler", WEST),
    "French": ("Prénom,Nom", "Joséphine Anaïs Agnès", "Lécuyer Bérégovoy Pagès", WEST),
    "Spanish": ("Nombre,Teléfono", "Íñigo Begoña Andrés", "Ordóñez Peñalver Güell", WEST),
    "Portuguese": ("Nome,Função", "Estêvão Conceição Simão", "Assunção Falcão Araújo", WEST),
    "Italian": ("Nome,Città", "Niccolò Giosuè Mosè", "Salà Bertolè Forlì", WEST),
    "Dutch": ("Naam,Coördinator", "Daniëlle Loïs Noëlle", "Ariëns Böhmers Coolsé", WEST),
    "Swedish": ("Förnamn,Efternamn", "Märta Göran Åsa", "Öhman Sjögren Ångqvist", WEST),
    "Danish": ("Fornavn,Stilling på", "Søren Bjørn Åge", "Nørregård Kjær Ødegård", WEST[:2]),
    "Finnish": ("Etunimi,Yhtiö", "Väinö Päivikki Yrjö", "Hämäläinen Särkkä Löyttyniemi", WEST),
    "Icelandic": (
        "Nafn,Föðurnafn",
        "Þórunn Sæunn Guðjón",
        "Bárðarson Ægisdóttir Þrastarson",
        WEST[:2],
    ),
    "Turkish": (
        "Adı,Soyadı",
        "Çağrı Gülşah İlker",
        "Yıldız Şeker Öğütçü",
        ("cp1254", "iso8859-9"),
    ),
    "Greek": ("Όνομα,Επώνυμο", "Χρυσούλα Φώτης Ζωή", "Καραγιάννης Ψαρρά", ("cp1253", "iso8859-7")),
    "Russian": ("Имя,Фамилия", "Всеволод Жанна Пётр", "Щербаков Цветаева Юдин", CYRILLIC),
    "Ukrainian": ("Ім'я,Прізвище", "Євгенія Їжак Соломія", "Гайдай Підкова", ("cp1251", "koi8-u")),
    "Bulgarian": ("Име,Фамилия", "Цветелина Жельо Вълчан", "Дрънкова Щерев", CYRILLIC),
    "Lithuanian": (
        "Vardas,Pavardė",
        "Žydrūnas Ąžuolė",
        "Šležas Čiurlytė",
        ("cp1257", "iso8859-13"),
    ),
    "Latvian": ("Vārds,Uzvārds", "Ģirts Ļena Kārlis", "Šķēps Bērziņš", ("cp1257", "iso8859-13")),
    "Estonian": ("Eesnimi,Perenimi", "Tõnu Külli Ülo", "Põldmäe Kõrvits", ("cp1257", "cp1252")),
    "Japanese": (
        "氏名,会社",
        "山本 直樹|渡辺 涼子|サトウ ケン",
        "東洋商事株式会社",
        ("cp932", "euc-jp", "iso2022_jp"),
    ),
    "Korean": ("이름,회사", "박서연|정하준|최은경", "한빛상사 주식회사", ("cp949", "euc-kr")),
    "traditional Chinese": (
        "姓名,公司",
        "譚詠詩|鄧偉倫|郭曉彤",
        "海港貿易有限公司",
        ("big5", "gb18030"),
    ),
    "simplified Chinese": (
        "姓名,公司",
        "谭咏诗|邓伟伦|郭晓彤",
        "海港贸易有限公司",
        ("gb18030", "gb2312"),
    ),
    "Vietnamese": ("Tên,Họ", "Thuỷ Đức Hương", "Nguyễn Trịnh Võ", ()),
}
UNICODE = ("utf-8", "utf-8-sig", "utf-16")


def files():
    """For each language: a file with a header of its own, each name alone, names in capitals."""
    for language, (header, given, family, codecs) in LANGUAGES.items():
        pairs = list(
            product(
                given.replace("|", " | ").split(" | ") if "|" in given else given.split(),
                family.split(),
            )
        )
        rows = [f"{one},{two},n{n}@example.com" for n, (one, two) in enumerate(pairs)]
        own = "\n".join([f"{header},E-mail", *rows, ""])
        plain = "\n".join(["Name,Name 2,E-mail", *rows, ""])
        single = f"Name,Name 2,E-mail\n{rows[0]}\n"
        for codec in (*UNICODE, *codecs):
            for text in (own, plain, single, plain.upper()):
                try:
                    yield language, codec, text, text.encode(codec)
                except UnicodeEncodeError:
                    continue


def test_names_of_each_language_are_right_or_guessed_in_each_encoding():
    silent, wrong, count = [], [], 0
    for language, codec, text, content in files():
        count += 1
        try:
            found = encodings.decode(content)
        except ImportRefused:
            wrong.append((language, codec, "refused", text[:60]))
            continue
        if found.text != text:
            (wrong if found.is_guessed else silent).append(
                (language, codec, found.name, found.text[:60])
            )
        elif codec in UNICODE:
            assert not found.is_guessed or "�" in found.text, (language, codec)

    assert silent == []
    assert len(wrong) < count / 50, wrong


def test_han_never_touches_a_latin_word_in_a_guess():
    for language, codec, _text, content in files():
        if codec in CENTRAL and language in ("Polish", "Czech", "Slovak", "Hungarian"):
            assert not any("\u4e00" <= c <= "\u9fff" for c in encodings.decode(content).text)


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("Álvarez", "cp1252"),
        ("ÄNDERUNG", "cp1252"),
        ("ÅSA", "cp1252"),
        ("MÜLLER", "cp1252"),
        ("Zoë", "cp1252"),
        ("許功蓋", "big5"),
        ("陳大文", "big5"),
        ("李小明", "big5"),
        ("陈李", "gb18030"),
        ("李", "gb18030"),
        ("陈大文", "gb18030"),
        ("刘国强", "gb18030"),
    ],
)
def test_a_single_name_tells_the_encoding(name, codec):
    table = reading.read(f"Name,Email\n{name},a@example.com\n".encode(codec))

    assert table.encoding == codec
    assert next(table.rows())[1][0] == name


@pytest.mark.parametrize(
    "text",
    ["Name,Email\nÁlvarez Müller Zoë,a@example.com\n", "姓名,Email\n陳大文,a@example.com\n"],
)
def test_one_bad_byte_in_utf_8_is_a_warning_that_names_the_row(text):
    content = text.encode() + b"J\xfcrgen Lark,j@example.com\n"

    table = reading.read(content)

    assert table.encoding == "utf-8"
    assert "in rows 3; the file is UTF-8" in table.warnings[0]
    assert [cells[0] for _number, cells in table.rows()][1] == "J\ufffdrgen Lark"
    # Whoever says that it is UTF-8 has it read as such all the same.
    assert encodings.decode(content, "utf-8").text == encodings.decode(content).text


def test_a_character_that_was_lost_elsewhere_is_named_with_its_rows():
    lines = "".join(f"J\ufffdrgen,j{n}@example.com\n" for n in range(12))

    (warning,) = reading.read(f"Name,Email\n{lines}".encode()).warnings

    assert "came here: 12, in rows" in warning
    assert "2, 3, 4, 5, 6, 7, 8, 9, 10, 11 …" in warning


@pytest.mark.parametrize("marks", ["\ufeff", "\ufeff\ufeff", "\ufeff\ufeff\ufeff"])
@pytest.mark.parametrize(
    "header", ["First Name,Last Name,E-mail", '"First Name","Last Name","E-mail"']
)
def test_any_number_of_byte_order_marks_drops_no_column(marks, header):
    table = reading.read(f"{marks}{header}\nAnn,Bee,a@example.com\n".encode())

    assert sorted(table.columns) == ["email", "family", "given"]


@pytest.mark.parametrize(
    "mark", ["\u200b", "\u200e", "\u202a", "\u00ad", "\u2060", "\xa0", "\ufeff"]
)
def test_what_nobody_sees_goes_from_headers_and_ends_of_cells(mark):
    text = f"First{'' if mark == chr(160) else mark} Name{mark},{mark}E-mail\n{mark}Zoë{mark},a@example.com{mark}\n"

    table = reading.read(text.encode())

    assert sorted(table.columns) == ["email", "given"]
    assert next(table.rows())[1] == ["Zoë", "a@example.com"]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_few_zero_bytes_are_taken_out_and_counted(count):
    rows = "".join(f"Ann{n},Bee,a{n}@example.com\n" for n in range(20))
    content = f"First Name,Last Name,E-mail\n{rows}".encode().replace(b",Bee", b"\0,Bee", count)

    table = reading.read(content)

    assert (table.encoding, table.is_guessed) == ("utf-8", False)
    assert [cells[0] for _number, cells in table.rows()] == [f"Ann{n}" for n in range(20)]
    assert f"(NUL) that were taken out: {count}." in table.warnings[0]


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["Ann", "陳大文", "Łukasz"])
def test_utf_16_without_a_mark_shows_by_its_zeros(codec, name):
    table = reading.read(f"Name,E-mail\n{name},a@example.com\n".encode(codec))

    assert (table.encoding, table.is_guessed) == (codec, False)
    assert next(table.rows())[1][0] == name


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"<html><body><table><tr><td>Name</td></tr></table>", "HTML"),
        (b"\r\n<!DOCTYPE html>\n<html>", "HTML"),
        (b"<?xml version='1.0'?><Workbook/>", "XML"),
        (b"{\\rtf1 Name}", "RTF"),
    ],
)
def test_what_a_file_is_its_bytes_say(content, kind):
    with pytest.raises(ImportRefused, match=f"kind {kind}"):
        reading.read(content)


def test_a_guess_is_said_and_a_proof_is_not():
    guessed = reading.read("Name,E-mail\nŁukasz,a@example.com\n".encode("cp1250"))
    proven = reading.read("Name,E-mail\nŁukasz,a@example.com\n".encode())
    chosen = reading.read(
        "Name,E-mail\nŁukasz,a@example.com\n".encode("cp1250"), encoding="cp1250"
    )

    assert guessed.is_guessed
    assert "guessed: cp1250" in guessed.warnings[0]
    assert (proven.is_guessed, proven.warnings, chosen.is_guessed) == (False, (), False)


def card(line):
    return f"BEGIN:VCARD\r\nVERSION:2.1\r\n{line}\r\nTEL:+85225550101\r\nEND:VCARD\r\n".encode()


@pytest.mark.parametrize(
    "line",
    [
        "FN;ENCODING=QUOTED-PRINTABLE:=A3ukasz =8Cwi=B9tek",
        "FN;CHARSET=windows-1250;ENCODING=QUOTED-PRINTABLE:=A3ukasz =8Cwi=B9tek",
        "FN;CHARSET=NOBODY;ENCODING=QUOTED-PRINTABLE:=A3ukasz =8Cwi=B9tek",
        "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=A3ukasz =8Cwi=B9tek",
        "FN;ENCODING=BASE64:o3VrYXN6IIx3abl0ZWs=",
    ],
)
def test_bytes_within_a_card_are_decoded_as_those_of_a_file(line):
    table = reading.read(card(line))

    assert "Łukasz Świątek" in next(table.rows())[1]


LOST = [
    ("Vorname,Telefon gesch\ufffdftlich,E-Mail-Adresse\nAnna,,a@example.com\n", "columns 2"),
    ("First Name,Last Name,E-mail\nJ\ufffdrgen,Lark,a@example.com\n", "rows 2"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("text", "where"), LOST)
def test_a_file_with_lost_characters_waits_until_somebody_goes_on(text, where):
    by = member()
    batch = uploaded(text, by=by)
    assert batch.state == ImportState.UPLOADED
    assert where in batch.failure
    with pytest.raises(ImportRefused):
        steps.check(batch, by=by)

    steps.go_on(batch, by=by)

    batch.refresh_from_db()
    assert (batch.state, batch.failure) == (ImportState.READ, "")
    assert JournalEntry.objects.filter(verb="import.go_on").exists()
    steps.read_as(batch, by=by)
    batch.refresh_from_db()
    assert (batch.state, batch.despite_doubts) == (ImportState.UPLOADED, False)


@pytest.mark.django_db
def test_nobody_goes_on_where_nothing_is_doubtful():
    by = member()
    batch = checked(HEADER + "Ann,Bee,a@example.com,,,,\n", by=by)

    with pytest.raises(ImportRefused, match="nothing doubtful"):
        steps.go_on(batch, by=by)


@pytest.mark.django_db
@pytest.mark.parametrize(("text", "where"), LOST)
def test_a_plan_shows_doubts_and_an_import_refuses_them(tmp_path, text, where):
    path = tmp_path / "people.csv"
    path.write_text(text)
    said, out = [str(path), "--source", "card", "--role", "prospect"], io.StringIO()

    call_command("import_contacts", *said, "--json", stdout=out, stderr=io.StringIO())

    read = json.loads(out.getvalue())["read"]
    assert (len(read["doubts"]), read["guessed"]) == (1, False)
    assert where in read["doubts"][0]
    by = member()
    uploaded(HEADER, by=by)
    facts = ["--by", by.username, "--basis", "legitimate_interests", "--notice", "policy 1"]
    with pytest.raises(CommandError, match="--despite-doubts"):
        call_command("import_contacts", *said, *facts, "--apply", stderr=io.StringIO())
    call_command(
        "import_contacts", *said, *facts, "--apply", "--despite-doubts",
        stdout=out, stderr=io.StringIO(),
    )  # fmt: skip
    assert "Imported" in out.getvalue()


@pytest.mark.parametrize("codec", ["big5", "cp932", "cp1250", "gb18030"])
def test_one_line_longer_than_what_is_looked_at_is_read_too(codec):
    name = {"cp932": "渡辺 涼子", "cp1250": "Łukasz Świątek", "gb18030": "陈大文"}.get(
        codec, "陳大文"
    )
    text = ";".join([name] * 3_000)

    assert encodings.decode(b"x," + text.encode(codec)).text == f"x,{text}"
