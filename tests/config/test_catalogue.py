"""The Traditional Chinese catalogue: compiled as it is written, translated, and traditional."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.utils.translation.template import templatize

# Names that are the same in both languages.
THE_SAME = {"LinkedIn"}
FOLDERS = ("config", "crm", "privacy", "retention", "templates")
MARKED = re.compile(r"n?gettext\((u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"))")
HOLE = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w+\}")
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
            assert text != entry.msgid or text in THE_SAME
            # What Hong Kong's own character set does not have is simplified, or no Chinese.
            text.encode("big5hkscs")


def in_python(path: Path) -> Iterator[str]:
    """Every text that a module hands to gettext, by whatever name it imported it."""
    tree = ast.parse(path.read_text())
    names = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if "gettext" in alias.name
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in names
        ):
            said = node.args[0]
            assert isinstance(said, ast.Constant), f"{path}:{node.lineno} is no text of its own"
            yield said.value


def in_template(path: Path) -> Iterator[str]:
    """Every text that a template marks, as Django's own extraction sees it."""
    for said in MARKED.findall(templatize(path.read_text(), origin=str(path))):
        yield ast.literal_eval(said)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_text_that_somebody_can_read_is_in_the_catalogue(catalogue, folder):
    known = {entry.msgid for entry in catalogue}
    used = set()
    for path in sorted((settings.BASE_DIR / folder).rglob("*")):
        if path.suffix == ".py" and "migrations" not in path.parts:
            used |= set(in_python(path))
        elif path.suffix in {".html", ".txt"}:
            used |= set(in_template(path))

    assert used
    assert sorted(used - known) == []


def test_what_a_text_leaves_open_its_translation_leaves_open(catalogue):
    for entry in catalogue:
        for text in texts(entry):
            assert sorted(HOLE.findall(text)) == sorted(HOLE.findall(entry.msgid)), entry.msgid
