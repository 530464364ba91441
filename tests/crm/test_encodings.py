"""Encodings that are easily taken for another, and files of which a few bytes were damaged."""

import pytest

from crm.imports import encodings, reading


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
