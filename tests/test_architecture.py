"""Who may import whom, and the habits that a reader may rely on; read from the source itself."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("crm", "privacy", "retention", "config")

# importer -> modules of other apps that it may name. `config` is exempt: it puts things together.
OPEN_DOORS = {
    "crm": {
        "privacy.inventory",
        "privacy.suppression",
        # What one e-mail address, telephone number or link is: one reader and one judge.
        "privacy.points",
        "privacy.consent",
        "privacy.gate",
        "privacy.purposes",
        "privacy.notices",
        # Whoever tells people of a notice writes it down.
        "privacy.informing",
        # What a version changes is part of proposing it.
        "privacy.changes",
        "privacy.parties",
        "privacy.disclosures",
        "privacy.restriction",
        # One guarded way to hand over to the workers.
        "privacy.queues",
        # Whoever edits roles and work tells whom a hold covers from then on.
        "privacy.holds",
        # What protects a person or forbids a use registers how the ledger carries it.
        "privacy.protections",
        "privacy.ledger",
        # Whoever is found to be under sixteen among the people known does not stay.
        "privacy.removals",
        "privacy.deadlines",
        "privacy.operations",
        # Two people who edit one record are told of each other.
        "privacy.editing",
        "privacy.errors",
        "privacy.journal",
        # The vocabulary in which a declaration is written: Kind, Origin, Becomes, About.
        "privacy.enums",
        # Where the subject adapter, one of the four hooks, is registered.
        "privacy.subjects",
        # The base of every command: keys first, failures in one sentence.
        "privacy.commands",
        # Pages of people are masked by the declarations, for whoever may not see values.
        "privacy.masking",
        # Whatever shows HR or demographic data says so.
        "privacy.looks",
        # What people write freely is looked at: it may hold what nobody asked for.
        "privacy.quarantine",
        # People chosen in a list are addressed by a message of the privacy office (DESIGN 19).
        "privacy.dispatch",
        # Holders of exports are told of a “no” in its own transaction (DESIGN 19).
        "privacy.heard",
        # A stored file is read for its text in one way.
        "privacy.readers",
        # Files at rest are sealed in one way: documents, address files, rows handed back (S91).
        "privacy.seals",
        # One fold() for the search box and for the residue search (DESIGN 20).
        "privacy.folding",
    },
    "privacy": set(),
    "retention": {
        "privacy.inventory",
        "privacy.disposal",
        # What points at a row keeps it: asked by the plan and by disposal alike.
        "privacy.dependants",
        "privacy.holds",
        "privacy.deadlines",
        "privacy.operations",
        "privacy.errors",
        "privacy.journal",
        # A certificate that disagrees with database or ledger is a finding.
        "privacy.evidence",
        # The vocabulary in which a declaration is written.
        "privacy.enums",
        # The base of every command: keys first, failures in one sentence.
        "privacy.commands",
        # What is handed to whoever registers with `disposal.on_archive`.
        "privacy.statutes",
        # One search for all people of a night, before the first batch (DESIGN 11).
        "privacy.residue",
        # The base of an append-only table: certificates are one.
        "privacy.triggers",
        # No night begins on a restored database that still has to forget (DESIGN 8).
        "privacy.replay",
        # A command that says of whom a record is leaves its entry too.
        "privacy.looks",
        "privacy.queues",
        # Places outside the database that the same sweep empties.
        "privacy.stores",
    },
}
# Where a function may import: the site is asked for before any page of it can be imported.
INLINE_IMPORTS = {
    ("apps.py", "ready"),
    ("console.py", "index"),
    ("console.py", "field_register"),
    ("console.py", "login"),
    ("console.py", "mail"),
    ("console.py", "mail_message"),
}
# Inside an app, lower does not import higher (DESIGN 2).
EDGES = {"forms", "admin", "views", "management", "tasks", "public"}


def sources(*folders: str) -> list[Path]:
    return sorted(
        path
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        if "migrations" not in path.parts
    )


def where(path: Path, node: ast.AST | None = None) -> str:
    line = f":{node.lineno}" if node is not None else ""
    return f"{path.relative_to(ROOT)}{line}"


def imports(path: Path) -> Iterator[tuple[ast.stmt, str]]:
    """Every module that a file names; `from privacy import holds` is read as privacy.holds."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{where(path, node)} imports relatively"
            for alias in node.names:
                if node.module in APPS:
                    yield node, f"{node.module}.{alias.name}"
                else:
                    yield node, node.module or ""


@pytest.mark.parametrize("app", sorted(OPEN_DOORS))
def test_apps_use_only_the_open_doors_of_other_apps(app):
    others = set(APPS) - {app}

    found = [
        f"{where(path, node)} imports {module}"
        for path in sources(app)
        for node, module in imports(path)
        if module.split(".")[0] in others
        and ".".join(module.split(".")[:2]) not in OPEN_DOORS[app]
    ]

    assert found == []


def test_the_doors_test_reads_both_spellings(tmp_path):
    file = tmp_path / "crm.py"
    file.write_text("from privacy import holds\nimport privacy.ledger\n")

    assert [module for _, module in imports(file)] == ["privacy.holds", "privacy.ledger"]


def test_only_tests_and_config_import_config():
    found = [
        f"{where(path, node)} imports {module}"
        for path in sources("crm", "privacy", "retention")
        for node, module in imports(path)
        if module.split(".")[0] in {"config", "tests"}
    ]

    assert found == []


def test_domain_modules_do_not_import_the_edges():
    found = [
        f"{where(path, node)} imports {module}"
        for path in sources("crm", "privacy", "retention")
        if not EDGES & {part.removesuffix(".py") for part in path.relative_to(ROOT).parts}
        for node, module in imports(path)
        if module.split(".")[0] in APPS and EDGES & set(module.split(".")[1:2])
    ]

    assert found == []


def test_models_import_no_domain_module_of_their_own_app():
    # Guarded managers must ask the suppression file, so a model may name that one door; what an
    # e-mail address is belongs to the vocabulary.
    allowed = {"models", "enums", "errors", "points"}

    found = [
        f"{where(path, node)} imports {module}"
        for app in ("crm", "privacy", "retention")
        for path in sources(f"{app}/models")
        for node, module in imports(path)
        if module.split(".")[0] == app and module.split(".")[1] not in allowed
    ]

    assert found == []


def test_the_privacy_office_does_not_know_the_business():
    found = [
        where(path)
        for path in sources("privacy")
        if "crm" in path.read_text().lower() or "crm" in path.name.lower()
    ]

    assert found == []


def test_imports_stand_at_the_top():
    found = []
    for path in sources(*APPS):
        tree = ast.parse(path.read_text())
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if (path.name, function.name) in INLINE_IMPORTS:
                continue
            found += [
                where(path, node)
                for node in ast.walk(function)
                if isinstance(node, ast.Import | ast.ImportFrom)
            ]

    assert found == []


def test_nothing_is_printed():
    found = [
        where(path, node)
        for path in sources(*APPS)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]

    assert found == []


def test_commands_are_thin():
    found = []
    for path in sources(*(f"{app}/management" for app in APPS)):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name == "handle":
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > 25:
                    found.append(f"{where(path, node)} handle() has {lines} lines")

    assert found == []


def test_no_task_is_ever_run_eagerly():
    words = ("task_always_" + "eager", "TASK_ALWAYS_" + "EAGER", "task_eager_" + "propagates")
    files = [*sources(*APPS, "tests"), *ROOT.glob("*.toml"), *ROOT.glob("Makefile")]

    found = [where(path) for path in files if any(w in path.read_text() for w in words)]

    assert found == []


def test_no_module_is_a_drawer_for_anything():
    drawers = {"utils", "helpers", "services", "common", "core", "misc"}

    found = [
        where(path)
        for path in sources(*APPS)
        if drawers & {path.stem, *path.relative_to(ROOT).parts}
    ]

    assert found == []


def test_every_module_says_what_it_promises():
    found = [
        where(path)
        for path in sources(*APPS)
        if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]

    assert found == []


# It reads no database: a clock that knows nobody.
PURE_COMMANDS = {"explain_deadline"}


def test_every_command_of_the_office_proves_the_keys_first():
    found = [
        where(path)
        for path in sources("crm", "privacy", "retention")
        if path.parent.name == "commands" and path.name != "__init__.py"
        if path.stem not in PURE_COMMANDS
        if "class Command(OfficeCommand)" not in path.read_text()
    ]

    assert found == []


# Who hands a mail to the server, and to whom: to people whom the gate lets through, or for these
# reasons without it.
SENDERS = {
    "config/opening.py": "asks whether the server lets it in",
    "config/mail.py": "a test to whoever runs the machine",
    "crm/exports/holders.py": "a holder outside, by references alone",
    "crm/exports/notices.py": "officers hear of exports, in counts",
    "crm/invitations.py": "an operator's own account",
    "privacy/dispatch/message.py": "writes it, and a test for whoever prepares it",
    "privacy/dispatch/work.py": "asks the gate before each",
    "privacy/hold_reviews.py": "the owner of a hold",
    "privacy/link_mail.py": "answers whoever asked for the link",
    "privacy/mailbox.py": "reads what came back, and sends nothing",
    "privacy/sign_up.py": "answers whoever signed up, before anybody is entered",
    "retention/night_mail.py": "officers hear of the night, in counts",
}


def test_nothing_else_can_send_a_message_to_anybody():
    found = {
        where(path)
        for path in sources(*APPS)
        for _node, module in imports(path)
        if module.split(".")[0] in {"smtplib", "imaplib"} or module.startswith("django.core.mail")
    }

    assert found == set(SENDERS)
