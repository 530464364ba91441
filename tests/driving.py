"""Whether a test drives the program, read from its source: a page, a command, an act, a sweep.

A test that only reads a constant, a row of a register or a table of rules proves that somebody
wrote it down, not that anything follows it. Looked at are the test, its fixtures and the helpers
of the tests that it calls; what counts as an act is read from the program's own source.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APPS = ("config", "crm", "privacy", "retention")
# Not doors: what is declared, stored or refused, and what is shown.
CLOSED = {"models", "enums", "errors", "migrations", "personal_data", "apps", "admin"}
# Whatever writes one of these down is an act.
EVIDENCE = {"journal.record", "journal.record_all", "ledger.record", "ledger.record_all"}
# Questions whose answer decides about a person or a row, on what is stored: no act, but a door.
QUESTIONS = {
    "privacy.gate": {"may", "ask", "ask_to_pass_on"},
    "privacy.ropa": {"record"},
    "privacy.mailbox": {"fetch"},
    "privacy.dispatch.work": {"work"},
    "retention.plan": {"make", "item_of"},
    "retention.rehearsals": {"run"},
    "retention.why": {"sentence"},
    "crm.exports.steps": {"hand_out"},
}
CLIENTS = {"client", "admin_client"}


@dataclass
class File:
    """A module of the tests: its functions, and what its names stand for."""

    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    # A name to the dotted module or function that it was imported as.
    names: dict[str, str] = field(default_factory=dict)


def module_of(path: Path) -> str:
    """The dotted name of a file below the root."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(tree: ast.Module) -> dict[str, str]:
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name] = alias.name
    return found


@cache
def doors() -> frozenset[str]:
    """The dotted name of each act and question of the program, by every module that hands it on."""
    found: set[str] = set()
    handed_on: dict[str, str] = {}
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if CLOSED & set(path.with_suffix("").relative_to(ROOT).parts):
                continue
            tree, module = ast.parse(path.read_text()), module_of(path)
            found |= {
                f"{module}.{node.name}"
                for node in tree.body
                if isinstance(node, ast.FunctionDef)
                and (_is_act(node) or node.name in QUESTIONS.get(module, ()))
            }
            handed_on |= {f"{module}.{name}": of for name, of in _imports(tree).items()}
    # Twice: a package hands on what its module imported.
    for _turn in range(2):
        found |= {name for name, of in handed_on.items() if of in found}
    return frozenset(found)


def _is_act(node: ast.FunctionDef) -> bool:
    """Whether a function names its actor, owns a transaction, or leaves evidence."""
    if node.name.startswith("_"):
        return False
    arguments = {one.arg for one in (*node.args.args, *node.args.kwonlyargs)}
    wrapped = any("atomic" in ast.unparse(mark) for mark in node.decorator_list)
    written = any(
        isinstance(call, ast.Call) and ast.unparse(call.func) in EVIDENCE
        for call in ast.walk(node)
    )
    return "by" in arguments or wrapped or written


@cache
def read(path: Path) -> File:
    """A file of the tests; what a plugin offers to all of them is among its functions."""
    file = File()
    for one in (*((ROOT / "tests" / name) for name in ("conftest.py", "guards.py")), path):
        tree = ast.parse(one.read_text())
        file.names |= _imports(tree)
        file.functions |= {
            node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)
        }
    return file


def drives(path: Path, name: str) -> bool:
    """Whether this test, a fixture or a helper that it reaches calls one of the doors."""
    seen: set[tuple[Path, str]] = set()
    waiting = [(path, name)]
    while waiting:
        here = waiting.pop()
        if here in seen:
            continue
        seen.add(here)
        file = read(here[0])
        node = file.functions.get(here[1])
        if node is None:
            continue
        if _opens(node, file):
            return True
        waiting += _reached(node, file, here[0])
    return False


def _opens(node: ast.FunctionDef, file: File) -> bool:
    """Whether the function itself asks for a page, a command or a door."""
    if CLIENTS & {argument.arg for argument in node.args.args}:
        return True
    for call in ast.walk(node):
        if not isinstance(call, ast.Call):
            continue
        called = _dotted(call.func, file)
        if called.rpartition(".")[2] in {"Client", "call_command"} or called in doors():
            return True
    return False


def _reached(node: ast.FunctionDef, file: File, path: Path) -> Iterator[tuple[Path, str]]:
    """The fixtures and helpers that a function uses, here and in other files of the tests."""
    used = {argument.arg for argument in node.args.args}
    used |= {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    used -= {node.name}
    yield from ((path, name) for name in used if name in file.functions)
    for one in ast.walk(node):
        if not isinstance(one, ast.Name | ast.Attribute):
            continue
        module, _dot, name = _dotted(one, file).rpartition(".")
        other = (ROOT / Path(*module.split("."))).with_suffix(".py")
        if module.startswith("tests.") and other.exists():
            yield other, name


def _dotted(node: ast.expr, file: File) -> str:
    """What a name or an attribute stands for: `steps.describe` is crm.exports.steps.describe."""
    if isinstance(node, ast.Name):
        return file.names.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value, file)}.{node.attr}"
    return ""
