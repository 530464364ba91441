"""Names by script, and their folding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm import names
from crm.names import Names


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"full": "陳大文"}, Names("陳", "大文")),
        ({"full": "歐陽美玲"}, Names("歐陽", "美玲")),
        ({"full": "歐陽\u3000美玲"}, Names("歐陽", "美玲")),
        ({"family": "陳", "given": "大文"}, Names("陳", "大文")),
        ({"full": "陳大文 CHAN Tai Man"}, Names("陳", "大文", "CHAN", "Tai Man")),
        ({"given": "CHAN Tai Man"}, Names("", "", "CHAN", "Tai Man")),
        ({"full": "Żółć, Łukasz"}, Names("", "", "Żółć", "Łukasz")),
        ({"full": "Ann O’Brien"}, Names("", "", "O’Brien", "Ann")),
        ({"family": "الفارسي", "given": "سلمى"}, Names("الفارسي", "سلمى")),
        ({"full": "Cher"}, Names("", "", "Cher", "")),
        ({}, Names()),
        ({"full": "歐陽"}, Names("歐陽", "")),
        ({"given": "歐陽"}, Names("歐陽", "")),
        ({"full": "CHAN TAI MAN"}, Names("", "", "CHAN", "TAI MAN")),
        ({"full": "LEE JOHN"}, Names("", "", "LEE", "JOHN")),
        ({"full": "JOHN LEE"}, Names("", "", "LEE", "JOHN")),
        ({"full": "JOHN A. SMITH"}, Names("", "", "SMITH", "JOHN A.")),
        ({"full": "Ann CHAN Tai Man"}, Names("", "", "CHAN", "Ann Tai Man")),
        ({"full": "Tai Man CHAN"}, Names("", "", "CHAN", "Tai Man")),
        ({"full": "Dr. Ann Lark"}, Names("", "", "Lark", "Ann")),
        ({"full": "Prof. Dr. Ann Lark, PhD"}, Names("", "", "Lark", "Ann")),
        ({"given": "Mr", "family": "Chan"}, Names("", "", "Chan", "")),
        ({"given": "Mrs. Ann", "family": "Lark"}, Names("", "", "Lark", "Ann")),
        ({"full": "陳大文先生"}, Names("陳", "大文")),
        ({"full": "陳小姐"}, Names("陳", "")),
        ({"family": "Herr", "given": "Jan"}, Names("", "", "Herr", "Jan")),
        ({"full": "Ms"}, Names()),
    ],
)
def test_names_are_split_by_script(written, expected):
    assert names.split(**written) == expected


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Łukasz Żółć", "lukasz zolc"),
        ("陳大文", "陳大文"),
        ("Ｃｈａｎ\u200b Tai", "chan tai"),
        ("Straße", "strasse"),
        ("O’Brien", "o'brien"),
        ("が", "が"),
    ],
)
def test_folding_strips_latin_accents_alone(written, folded):
    assert names.fold(written) == folded


@given(st.text())
def test_folding_is_idempotent(text):
    once = names.fold(text)

    assert names.fold(once) == once


def test_names_in_different_scripts_may_be_one_persons():
    assert names.agree(Names("陳", "大文"), Names("", "", "Chan", "Tai Man"))
    assert names.agree(Names("", "", "Chan", "Tai Man"), Names("", "", "Man", "Chan Tai"))
    assert not names.agree(Names("", "", "Chan", "Ann"), Names("", "", "Chan", "Bob"))
