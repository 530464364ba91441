"""The Traditional Chinese catalogue: compiled as it is written, translated, and traditional."""

import polib
import pytest
from django.conf import settings

PO = settings.LOCALE_PATHS[0] / "zh_Hant" / "LC_MESSAGES" / "django.po"


@pytest.fixture(scope="module")
def catalogue():
    return polib.pofile(str(PO))


def texts(entry):
    return list(entry.msgstr_plural.values()) or [entry.msgstr]


def test_what_is_compiled_is_what_is_written(catalogue):
    compiled = polib.mofile(str(PO.with_suffix(".mo")))

    assert {e.msgid: texts(e) for e in compiled} == {e.msgid: texts(e) for e in catalogue}


def test_every_entry_is_translated_and_traditional(catalogue):
    for entry in catalogue:
        assert not entry.fuzzy
        for text in texts(entry):
            assert text
            assert text != entry.msgid
            # What Hong Kong's own character set does not have is simplified, or no Chinese.
            text.encode("big5hkscs")
