"""The inventory is complete and says nothing false: one rule each, over an inventory.

They run before `makemigrations`, so a new column waits until somebody has said what it is. A test
can take one declaration away and see which rule notices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

from dateutil.relativedelta import relativedelta
from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import FieldDoesNotExist, FieldError
from django.db import models
from django.db.models import Field, FileField, Model
from django.utils import translation

from privacy import installation, protections, replay
from privacy.enums import About, Becomes
from privacy.inventory import Holding, Inventory, Keep, registry, root_of
from privacy.suppression import GuardedManager

# Places that outlive every backup, or pass on what somebody wrote: always searched.
ALWAYS_SEARCHED = frozenset({"broker", "ledger"})
# Nothing stays longer without a law that says so (S98). A day that no clamping shortens.
CEILING, SOME_DAY = relativedelta(years=6), date(2000, 1, 1)

# Columns in which a sentence, and thereby a person, can stand.
TEXT = (
    models.CharField,
    models.TextField,
    models.JSONField,
    models.FileField,
    models.GenericIPAddressField,
    models.BinaryField,
)


def concrete_models() -> Iterator[type[Model]]:
    """Every model that has a table: history, third-party and link tables included."""
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.proxy and not model._meta.swapped:
            yield model


def undeclared_models(inventory: Inventory) -> Iterator[Error]:
    """E001: a model that no personal_data.py names; and a declaration of no model."""
    present = set()
    for model in concrete_models():
        label = model._meta.label
        present.add(label.lower())
        if label.lower() not in inventory.holdings:
            yield Error(
                f"{label} is not declared: nobody has said whether it holds personal data.",
                hint=(
                    f"Type in {model._meta.app_label}/personal_data.py (for another's package in "
                    f'privacy/third_party.py): declare(Holding("{label}", About.SUBJECT, '
                    '"<activity>", path="<way to the person>", data={…}, technical={**ROW, …})).'
                ),
                obj=model,
                id="privacy.E001",
            )
    for label, holding in inventory.holdings.items():
        if label not in present:
            yield Error(
                f"{holding.model} is declared, but there is no such model.",
                hint=f'Take Holding("{holding.model}", …) out of its personal_data.py.',
                id="privacy.E003",
            )


def unclassified_fields(inventory: Inventory) -> Iterator[Error]:
    """E002: a column of which nobody has said what it is; E006 where it leads to a person."""
    for model, holding in _declared(inventory):
        for field in model._meta.local_concrete_fields:
            if field.name in holding.data or field.name in holding.technical:
                continue
            if _leads_to_a_person(field, inventory):
                yield _unspoken_relation(model, field)
                continue
            yield Error(
                f"{model._meta.label}.{field.name} is not classified.",
                hint=(
                    f'Type in the holding of "{holding.model}": data={{"{field.name}": '
                    "Datum(Kind.…, Origin.…)} if it says something about a person, else "
                    f'technical={{"{field.name}": "<why it says nothing about a person>"}}.'
                ),
                obj=model,
                id="privacy.E002",
            )


def stale_entries(inventory: Inventory) -> Iterator[Error]:
    """E003: a declared column that does not exist, or that is declared twice."""
    for model, holding in _declared(inventory):
        names = holding.columns
        for name in [*holding.data, *holding.technical, *holding.files]:
            if name not in names:
                yield Error(
                    f"{holding.model}.{name} is declared, but there is no such column.",
                    hint=f'Take "{name}" out of the holding of "{holding.model}".',
                    obj=model,
                    id="privacy.E003",
                )
        for name in sorted(set(holding.data) & set(holding.technical)):
            yield Error(
                f"{holding.model}.{name} is declared both as a datum and as technical.",
                hint=f'Take "{name}" out of data={{…}} or out of technical={{…}}.',
                obj=model,
                id="privacy.E003",
            )


def texts_without_a_reason(inventory: Inventory) -> Iterator[Error]:
    """E004: a column of text is called technical, and nobody says why."""
    for model, holding in _declared(inventory):
        for field in model._meta.local_concrete_fields:
            if isinstance(field, TEXT) and not holding.technical.get(field.name, "-").strip():
                yield Error(
                    f"{holding.model}.{field.name} is text, called technical without a reason.",
                    hint=(
                        f'Type technical={{"{field.name}": "<why no person can stand in it>"}} '
                        "or make it a Datum."
                    ),
                    obj=model,
                    id="privacy.E004",
                )


def disposals_without_a_tombstone(inventory: Inventory) -> Iterator[Error]:
    """E005: after disposal, evidence would point at a row that is gone or that still tells."""
    for model, holding in _declared(inventory):
        if (holding.path == "pk" or holding.evidence) and not holding.survives:
            yield Error(
                f"{holding.model} would be deleted at disposal, and evidence with it.",
                hint=f'Type survives=True in the holding of "{holding.model}".',
                obj=model,
                id="privacy.E005",
            )
        if holding.path == "pk" and (absent := {"uuid", "disposed_at"} - holding.columns):
            yield Error(
                f"{holding.model} cannot become a tombstone: no {', '.join(sorted(absent))}.",
                hint=(
                    "Type in the model: uuid = UUIDField(default=uuid.uuid4, unique=True, "
                    "editable=False) and disposed_at = DateTimeField(null=True, editable=False)."
                ),
                obj=model,
                id="privacy.E005",
            )
        for name, datum in holding.data.items():
            if name in holding.columns and (fault := _fault_of_what_is_left(model, holding, name)):
                yield Error(
                    f"{holding.model}.{name} {fault}, but becomes={datum.becomes.name}.",
                    hint=(
                        f'Type in the holding of "{holding.model}": "{name}": Datum(…, becomes='
                        "Becomes.BLANK), PSEUDONYM, GENERALISED (dates), or STAYS."
                    ),
                    obj=model,
                    id="privacy.E005",
                )


def unspoken_relations(inventory: Inventory) -> Iterator[Error]:
    """E006: a row points at a person, and its declaration says that it is about nobody."""
    for model, holding in _declared(inventory):
        if holding.about is not About.NOBODY:
            continue
        for field in model._meta.local_concrete_fields:
            if field.name in holding.technical and _leads_to_a_person(field, inventory):
                yield _unspoken_relation(model, field)


def unguarded_points(inventory: Inventory) -> Iterator[Error]:
    """E007: a suppressed address could come back through a manager that does not ask."""
    for model, holding in _declared(inventory):
        points = {name for name, datum in holding.data.items() if datum.point}
        if not points:
            continue
        guarded = {n for guard in getattr(model, "guards", ()) for n in (guard.value, guard.form)}
        for name in sorted(points - guarded):
            yield Error(
                f"{holding.model}.{name} identifies a person, and no guard covers it.",
                hint=(
                    f"Type in {model.__name__}(GuardedModel): guards = "
                    f'(Guard(value="{name}", form="<its normal form>", kind=PointKind.…),).'
                ),
                obj=model,
                id="privacy.E007",
            )
        for manager in (*model._meta.managers, model._base_manager):
            if not isinstance(manager, GuardedManager):
                yield Error(
                    f"{holding.model}.{manager.name} lets suppressed points in.",
                    hint=(
                        f"Type in {model.__name__}(GuardedModel): objects = GuardedManager(), "
                        "no other manager, and class Meta(GuardedModel.Meta)."
                    ),
                    obj=model,
                    id="privacy.E007",
                )


def bad_paths(inventory: Inventory) -> Iterator[Error]:
    """E009: a declaration does not lead to a person, so nothing would find its rows."""
    for model, holding in _declared(inventory):
        if holding.about is not About.SUBJECT:
            if holding.path:
                yield _bad_path(model, holding, "has a path, but is not about a subject")
            continue
        try:
            root = inventory.holdings.get(root_of(holding).lower()) if holding.path else None
            model._base_manager.filter(**{f"{holding.path or 'pk'}__in": [0]})
        except Exception as error:  # noqa: BLE001 - whatever a wrong path raises, say which
            yield _bad_path(model, holding, f"has a path that fails ({type(error).__name__})")
            continue
        if root is None or root.path != "pk":
            yield _bad_path(model, holding, "has no path to a person")


def bad_files(inventory: Inventory) -> Iterator[Error]:
    """E011: a file whose storage nobody named would outlive its row."""
    for model, holding in _declared(inventory):
        for field in model._meta.local_concrete_fields:
            alias = holding.files.get(field.name)
            if isinstance(field, FileField) and alias is None:
                fault = "holds files, but no storage is declared"
            elif alias is not None and alias not in settings.STORAGES:
                fault = f"names the storage {alias!r}, which settings.STORAGES does not have"
            else:
                continue
            yield Error(
                f"{holding.model}.{field.name} {fault}.",
                hint=(
                    f'Type files={{"{field.name}": "<alias in settings.STORAGES>"}} in the '
                    f'holding of "{holding.model}".'
                ),
                obj=model,
                id="privacy.E011",
            )


def bad_keeps(inventory: Inventory) -> Iterator[Error]:
    """E012: a period that cannot be computed, or that nobody can justify."""
    for model, holding in _declared(inventory):
        for keep in holding.keeps:
            faults = []
            if not _runs_from_a_date(holding, keep):
                faults.append(f"runs from {keep.anchor!r}, which is not a date column")
            if not keep.citation.strip():
                faults.append("cites nothing")
            if not keep.statute and keep.ends_on(SOME_DAY) > SOME_DAY + CEILING:
                faults.append("runs longer than six years without a named statute (S98)")
            faults += _faults_of_what_stays(holding, keep)
            if unscoped := set(keep.scopes) - _scopes_of(holding, inventory):
                faults.append(f"may be narrowed by {', '.join(sorted(unscoped))}, not declared")
            try:
                model._base_manager.filter(**keep.when)
            except (FieldError, ValueError):
                faults.append("applies to rows that no look-up finds")
            for fault in faults:
                yield Error(
                    f"{holding.model}: keep {keep.name!r} {fault}.",
                    hint=(
                        f'Type in the holding of "{holding.model}": Keep("{keep.name}", anchor='
                        '"<date column>", years=…, citation="<law or policy>").'
                    ),
                    obj=model,
                    id="privacy.E012",
                )


def _runs_from_a_date(holding: Holding, keep: Keep) -> bool:
    try:
        return isinstance(holding.anchor_of(keep), models.DateField)
    except (FieldDoesNotExist, AttributeError):
        return False


def _scopes_of(holding: Holding, inventory: Inventory) -> set[str]:
    """The scopes that say something about the people whom this table is about."""
    try:
        root = root_of(holding).lower() if holding.path else ""
    except Exception:  # noqa: BLE001 - a wrong path is another rule's finding
        root = ""
    return {scope.name for scope in inventory.scopes.values() if scope.root.lower() == root}


def _faults_of_what_stays(holding: Holding, keep: Keep) -> Iterator[str]:
    if keep.statute != bool(keep.remainder):
        yield "is a statute without a remainder, or a remainder without statute"
    if unknown := set(keep.remainder) - set(holding.data):
        yield f"leaves {', '.join(sorted(unknown))}, which are not its data"
    if keep.found_by and keep.found_by not in keep.remainder:
        yield f"is found by {keep.found_by!r}, which it does not leave"


def operators_without_a_period(inventory: Inventory) -> Iterator[Error]:
    """E022: rows about an operator would stay for ever after the operator left."""
    for model, holding in _declared(inventory):
        goes = holding.keeps or holding.account or holding.account_name
        if holding.about is About.OPERATOR and not goes:
            yield Error(
                f"{holding.model} is about operators, and nothing says how long its rows stay.",
                hint=(
                    f'Type in the holding of "{holding.model}": account="<look-up from a row to '
                    'the account with which it goes>", or keeps=(Keep(…),).'
                ),
                obj=model,
                id="privacy.E022",
            )


def unknown_activities(inventory: Inventory) -> Iterator[Error]:
    """E013: the record of processing would not say what the table is for (Art. 30(1)(b))."""
    for model, holding in _declared(inventory):
        if holding.activity not in inventory.activities:
            yield Error(
                f"{holding.model} serves {holding.activity!r}, which nobody described.",
                hint=(
                    f'Type declare(Activity("{holding.activity}", "<purpose>", "<legal basis>")) '
                    "or name a declared activity."
                ),
                obj=model,
                id="privacy.E013",
            )


def forgotten_histories(inventory: Inventory) -> Iterator[Error]:
    """E014: a history that disposal does not know as one would keep what its row has lost."""
    for model, holding in _declared(inventory):
        tracked = getattr(model, "instance_type", None)
        if tracked and holding.history_of != tracked._meta.label:
            yield Error(
                f"{holding.model} is the history of {tracked._meta.label}, but not declared so.",
                hint=f"Type history(models.{tracked.__name__}, path=…, activity=…, …).",
                obj=model,
                id="privacy.E014",
            )


def unsearched_stores(inventory: Inventory) -> Iterator[Error]:
    """E031: a store that the residue search leaves out, and where somebody may stand."""
    for store in inventory.stores.values():
        if store.searched:
            continue
        if store.about is not About.NOBODY or store.name in ALWAYS_SEARCHED:
            yield Error(
                f"The store {store.name} is not searched, and people may stand in it.",
                hint=f'Take searched=False out of the store "{store.name}".',
                id="privacy.E031",
            )
        elif not store.unsearched.strip():
            yield Error(
                f"The store {store.name} is not searched, and nobody says why.",
                hint='Type unsearched="<why nobody can stand in it by construction>".',
                id="privacy.E031",
            )


def unprotected(inventory: Inventory) -> Iterator[Error]:
    """E032: nobody says whether the rows protect, or the ledger does not carry them."""
    carried = {kind: one for one in protections.registered() for kind in one.kinds}
    counted = {field.name for field in fields(replay.Outcome)}
    for holding in inventory.holdings.values():
        if holding.protects is None:
            yield Error(
                f"Nobody has said whether {holding.model} protects a person or forbids a use.",
                hint=(
                    f'Type in the holding of "{holding.model}": protects=("<kinds of lines in the '
                    'ledger for its beginning and end>",), or protects=() where it does neither.'
                ),
                id="privacy.E032",
            )
            continue
        for kind in holding.protects:
            if kind in replay.DISPOSALS:
                continue
            one = carried.get(kind)
            if one is None or one.name not in counted or f"%({one.name})s" not in _sentence():
                yield Error(
                    f"{holding.model} protects by lines of the kind {kind}, which no replay "
                    "brings back, counts and says.",
                    hint=(
                        "Register a Protection for it (privacy.protections.register), with a "
                        "place in replay.Outstanding and in replay.SENTENCE."
                    ),
                    id="privacy.E032",
                )


def _sentence() -> str:
    with translation.override("en"):
        return str(replay.SENTENCE)


def undeclared_stores(inventory: Inventory) -> Iterator[Error]:
    """E017: a folder in which Lethe writes and that the record of processing does not name."""
    declared = {settings.VAR / store.folder for store in inventory.stores.values()}
    for name, folder in _written_folders():
        if folder.is_relative_to(settings.VAR) and not declared & {folder, *folder.parents}:
            yield Error(
                f"{name} is written to, but no store declares it.",
                hint=(
                    f'Type in a personal_data.py: declare(Store("<name>", About.…, '
                    f'"{folder.relative_to(settings.VAR)}", "<what lies there>", '
                    '"<when it is emptied>")).'
                ),
                id="privacy.E017",
            )


RULES: tuple[Callable[[Inventory], Iterable[Error]], ...] = (
    undeclared_models,
    unclassified_fields,
    stale_entries,
    texts_without_a_reason,
    disposals_without_a_tombstone,
    unspoken_relations,
    unguarded_points,
    bad_paths,
    bad_files,
    bad_keeps,
    operators_without_a_period,
    unknown_activities,
    forgotten_histories,
    undeclared_stores,
    unsearched_stores,
    unprotected,
)


def faults(inventory: Inventory) -> list[Error]:
    """What every rule finds in an inventory."""
    return [error for rule in RULES for error in rule(inventory)]


@register("privacy")
def check_inventory(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Whatever is stored is declared."""
    return [*faults(registry)]


def _declared(inventory: Inventory) -> Iterator[tuple[type[Model], Holding]]:
    for model in concrete_models():
        if holding := inventory.holdings.get(model._meta.label.lower()):
            yield model, holding


def _written_folders() -> Iterator[tuple[str, Path]]:
    for name in (
        "BACKUP_FOLDER",
        "STATIC_ROOT",
        "MEDIA_ROOT",
        "FILE_UPLOAD_TEMP_DIR",
        "IMPORT_FOLDER",
        "REJECTS_FOLDER",
        "EMAIL_FILE_PATH",
        "HEARTBEAT_FOLDER",
        "CELERY_BEAT_SCHEDULE_FILENAME",
    ):
        if folder := getattr(settings, name, None):
            yield name, Path(folder)
    yield "LETHE_VAR", installation.folder()
    yield "PRIVACY_LEDGER_FILE", Path(settings.PRIVACY_LEDGER_FILE).parent
    storages: dict[str, Any] = settings.STORAGES
    for alias, storage in storages.items():
        if location := storage.get("OPTIONS", {}).get("location"):
            yield f"STORAGES[{alias!r}]", Path(location)
    options: dict[str, Any] = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    for name, value in options.items():
        if name.endswith(("_in", "_out", "_folder")):
            yield f"CELERY_BROKER_TRANSPORT_OPTIONS[{name!r}]", Path(value)


def _leads_to_a_person(field: Field[Any, Any], inventory: Inventory) -> bool:
    target = field.related_model
    if not field.is_relation or not isinstance(target, type):
        return False
    label = (target._meta.concrete_model or target)._meta.label.lower()
    holding = inventory.holdings.get(label)
    return holding is not None and holding.about is About.SUBJECT


def _unspoken_relation(model: type[Model], field: Field[Any, Any]) -> Error:
    return Error(
        f"{model._meta.label}.{field.name} points at a person, and nobody spoke for it.",
        hint=(
            f'Type in the holding of "{model._meta.label}": About.SUBJECT, '
            f'path="{field.name}__…" as far as the person, and technical={{"{field.name}": '
            '"<which person it is>"}.'
        ),
        obj=model,
        id="privacy.E006",
    )


def _bad_path(model: type[Model], holding: Holding, fault: str) -> Error:
    return Error(
        f"{holding.model} {fault}.",
        hint=(
            f'Type in the holding of "{holding.model}": path="<look-up from a row to the '
            'person>", e.g. path="order__customer"; or About.NOBODY without a path.'
        ),
        obj=model,
        id="privacy.E009",
    )


def _fault_of_what_is_left(model: type[Model], holding: Holding, name: str) -> str:
    datum, column = holding.data[name], model._meta.get_field(name)
    is_text = isinstance(column, TEXT)
    stays = datum.becomes is Becomes.STAYS
    blank = datum.becomes is Becomes.BLANK
    generalised = datum.becomes is Becomes.GENERALISED
    faults = {
        "goes with its row": not holding.survives and datum.becomes is not Becomes.GOES,
        "stays with its row": holding.survives and datum.becomes is Becomes.GOES,
        "identifies a person": stays and (datum.identifies or datum.point),
        "is free text": stays and is_text and not getattr(column, "choices", None),
        "cannot be blank": blank and not column.null and not is_text,
        "has no year to keep": generalised and not isinstance(column, models.DateField),
    }
    return next((fault for fault, is_so in faults.items() if is_so), "")
