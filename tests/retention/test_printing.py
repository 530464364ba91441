"""A certificate on paper: English and Traditional Chinese, with the app's own fonts alone."""

import io
from datetime import date

import pytest
from fontTools.ttLib import TTFont
from pypdf import PdfReader

from retention import printing, sweep
from retention.enums import Mode
from retention.models import Certificate
from tests.retention import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def certificate():
    people.person(date(2018, 6, 15))
    sweep.run(on=date(2026, 1, 1), mode=Mode.APPLY)
    return Certificate.objects.get()


def read(page):
    reader = PdfReader(io.BytesIO(page))
    return "".join(sheet.extract_text() for sheet in reader.pages)


def test_a_page_says_in_english_what_was_done(certificate):
    text = read(printing.pdf(certificate, language="en"))

    assert "Certificate of disposal no. 1" in text
    assert "On the night of Jan. 1, 2026 Lethe disposed of 1 person." in text.replace("\n", " ")
    assert "crm.Contact:lead" in text


def test_a_page_says_it_in_traditional_chinese_with_a_glyph_for_each_character(certificate):
    page = printing.pdf(certificate, language="zh-hant")

    text = read(page).replace("年 ", "年").replace("月 ", "月")
    for words in ("銷毀證明書第 1 號", "2026年1月1日", "狀態", "按規則", "封印", "完成"):
        assert words in text
    (font,) = printing.FONTS.glob("*.otf")
    glyphs = TTFont(font).getBestCmap()
    assert [c for c in text if ord(c) > 0x2E00 and ord(c) not in glyphs] == []


def test_the_same_certificate_is_the_same_page(certificate):
    one, two = (printing.pdf(certificate, language="zh-hant") for _ in range(2))

    assert one == two
