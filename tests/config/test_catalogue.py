"""The Traditional Chinese catalogue: compiled as it is written, translated, and traditional.

Every refusal speaks from it: `PrivacyError` and whatever derives from it, but for the machine room.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.utils import translation
from django.utils.translation.template import templatize

# Names that are the same in both languages.
THE_SAME = {"LinkedIn"}
FOLDERS = ("config", "crm", "privacy", "retention", "templates")
MARKED = re.compile(r"n?gettext\((u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"))")
HAN = re.compile("[\u4e00-\u9fff]")
HOLE = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w+\}")
# Refusals that no operator ever reads, each with who does.
MACHINE_ROOM = {
    "AppendOnly": "whoever writes code that changes a row of such a table",
    "InventoryIncomplete": "whoever adds a model; `manage.py check` says it in words of the code",
}
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


def modules() -> dict[Path, ast.Module]:
    return {
        path: ast.parse(path.read_text())
        for folder in ("config", "crm", "privacy", "retention")
        for path in sorted((settings.BASE_DIR / folder).rglob("*.py"))
        if "migrations" not in path.parts
    }


def name_of(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def refusals(trees: Iterable[ast.Module]) -> dict[str, bool]:
    """Every class of refusals: whether it says its own sentence, and takes values instead."""
    classes = {
        node.name: node
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found: dict[str, bool] = {"PrivacyError": False}
    waiting = ["PrivacyError"]
    while waiting:
        base = waiting.pop()
        for name, node in classes.items():
            if name not in found and base in map(name_of, node.bases):
                speaks = any(getattr(part, "name", "") == "__init__" for part in node.body)
                found[name] = speaks or found[base]
                waiting.append(name)
    return found


def is_bare(said: ast.AST, tree: ast.Module) -> bool:
    """Whether what is said has words that gettext never sees."""
    match said:
        case ast.Constant(value=str()) | ast.JoinedStr():
            return True
        case ast.BinOp(op=ast.Add()):
            return is_bare(said.left, tree) or is_bare(said.right, tree)
        case ast.BinOp():
            return is_bare(said.left, tree)
        case ast.IfExp():
            return is_bare(said.body, tree) or is_bare(said.orelse, tree)
        case ast.BoolOp():
            return any(is_bare(one, tree) for one in said.values)
        case ast.Call(func=ast.Attribute(attr="format" | "join")):
            return is_bare(said.func.value, tree)
        case ast.Call(func=ast.Name(id="str"), args=[only]):
            return is_bare(only, tree)
        case ast.Name():
            return any(is_bare(one, tree) for one in meant(said.id, tree))
    return False


def meant(name: str, tree: ast.Module) -> list[ast.AST]:
    """What a name of this module stands for: a constant, or a function that makes sentences."""
    found: list[ast.AST] = []
    for node in tree.body:
        if (
            isinstance(node, ast.Assign)
            and name in map(name_of, node.targets)
            or isinstance(node, ast.AnnAssign)
            and name_of(node.target) == name
            and node.value
        ):
            found.append(node.value)
        elif isinstance(node, ast.FunctionDef) and node.name == name:
            found.append(node)
    return found


def refused(tree: ast.Module, kinds: dict[str, bool]) -> Iterator[ast.expr]:
    """What a module says when it refuses, one expression each."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name in kinds:
            if node.name not in MACHINE_ROOM:
                for call in ast.walk(node):
                    if isinstance(call, ast.Call) and name_of(call.func) == "__init__":
                        yield from call.args
        elif isinstance(node, ast.Call):
            name = name_of(node.func)
            if name not in MACHINE_ROOM and not kinds.get(name, True):
                yield from node.args


def test_every_refusal_asks_for_its_translation():
    trees = modules()
    kinds = refusals(trees.values())

    found = [
        f"{path.relative_to(settings.BASE_DIR)}:{said.lineno}"
        for path, tree in trees.items()
        for said in refused(tree, kinds)
        if is_bare(said, tree)
    ]

    assert found == []
    assert set(MACHINE_ROOM) < set(kinds)


@pytest.mark.parametrize(
    "source",
    [
        'raise errors.Late("No.")',
        'raise Late(f"No {thing}.")',
        'raise Late("No %s." % thing)',
        'raise Late("No {}.".format(thing))',
        'raise Late(_("No.") if thing else "Never.")',
        'raise Late(thing or "Never.")',
        'raise Late(_("No.") + " Never.")',
        'WORDS = "No."\nraise Late(WORDS)',
        'wrong = PrivacyError("No.")\nraise wrong',
        'class Own(Late):\n    def __init__(self, n):\n        super().__init__("No.")',
    ],
)
def test_a_refusal_without_its_translation_would_be_found(source):
    tree = ast.parse(f"class Late(PrivacyError): ...\n{source}\n")

    assert any(is_bare(said, tree) for said in refused(tree, refusals([tree])))


@pytest.mark.parametrize(
    "source",
    [
        'raise Late(_("No."))',
        'raise Late(_("No %(one)s.") % {"one": thing})',
        'WORDS = gettext_lazy("No.")\nraise Late(WORDS)',
        'class Own(Late):\n    def __init__(self, n): super().__init__(_("No."))\nraise Own("x")',
        'raise ValueError("No.")',
        'raise AppendOnly("tables")',
    ],
)
def test_a_refusal_with_its_translation_is_left_alone(source):
    tree = ast.parse(
        f"class Late(PrivacyError): ...\nclass AppendOnly(PrivacyError): ...\n{source}\n"
    )

    assert not any(is_bare(said, tree) for said in refused(tree, refusals([tree])))


def sentences(said: ast.AST, tree: ast.Module) -> Iterator[str]:
    """The texts of one refusal, through a constant or a function of its own module."""
    parts = [said]
    for node in ast.walk(said):
        if isinstance(node, ast.Name):
            parts += meant(node.id, tree)
    for part in parts:
        for node in ast.walk(part):
            if isinstance(node, ast.Call) and name_of(node.func) in {"_", "gettext_lazy"}:
                yield node.args[0].value


def test_every_refusal_is_chinese_for_whoever_reads_chinese():
    trees = modules()
    kinds = refusals(trees.values())
    said = {
        text
        for tree in trees.values()
        for expression in refused(tree, kinds)
        for text in sentences(expression, tree)
    }

    with translation.override("zh-hant"):
        english = {text for text in said if not HAN.search(translation.gettext(text))}

    assert english == set()
    assert "This contact detail cannot be entered; please see the privacy team." in said
    assert len(said) > 350
