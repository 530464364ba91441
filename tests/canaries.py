"""Unmistakable values, planted by walking `_meta`, and a scanner that knows their disguises.

The planter writes by SQL, past managers, forms and `save()`: what the database can hold, it holds.
The scanner reads bytes, never declarations.
"""

import base64
import html
import itertools
import json
import quopri
import unicodedata
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection, models, transaction
from django.db.models import Field, Model
from django.utils import timezone

from privacy.checks import TEXT
from privacy.enums import About, Becomes
from privacy.inventory import Holding, registry
from privacy.residue import haystack
from retention import archive_keys
from retention.models import ArchivedRecord

HIEROGLYPHS = 0x13000


def token(number: int, room: int | None) -> str:
    """A value seen nowhere else, in as many letters as the column has room for."""
    if room is None or room >= 24:
        return f"Zéphyrine’Ł<陳{number:05d}>&Quill"[: room or None]
    if room >= 7:
        return f"Ž{number:05d}ß"
    return (chr(HIEROGLYPHS + number % 30) + chr(HIEROGLYPHS + 40 + number // 30))[:room]


def folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def disguises(value: str) -> set[bytes]:
    """The bytes as which a value may lie in a table or a file."""
    plain = value.encode()
    forms = {
        plain,
        folded(value).encode(),
        json.dumps(value)[1:-1].encode(),
        json.dumps(value)[1:-1].replace("\\", "\\\\").encode(),
        html.escape(value).encode(),
        value.encode("ascii", "xmlcharrefreplace"),
        html.escape(value).encode("ascii", "xmlcharrefreplace"),
        quote(value).encode(),
        quote(value).lower().encode(),
        quote_plus(value).encode(),
        quopri.encodestring(plain).strip().replace(b"=\n", b""),
        quopri.encodestring(plain, header=True).strip().replace(b"=\n", b""),
        value.encode("utf-16-le"),
        value.encode("utf-16-be"),
    }
    for shift in range(3):
        # Base64 in the middle of something longer: the letters that do not depend on neighbours.
        encoded = base64.b64encode(b"\0" * shift + plain).rstrip(b"=")
        inner = encoded[(shift * 8 + 5) // 6 : (shift * 8 + len(plain) * 8) // 6]
        if len(inner) >= 6:
            forms |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return forms


def found_in(blob: bytes, values: Iterable[str]) -> set[str]:
    """Which of the values lie in these bytes, in whatever disguise."""
    haystacks = [blob, folded(blob.decode("utf-8", "replace")).encode()]
    # Soft line breaks of quoted-printable, and the lines of base64.
    haystacks += [
        joined
        for joined in (blob.replace(b"=\r\n", b"").replace(b"=\n", b""), blob.replace(b"\n", b""))
        if joined != blob and len(blob) < 2_000_000
    ]
    return {
        value
        for value in values
        if any(form in haystack for form in disguises(value) for haystack in haystacks)
    }


def cells() -> Iterator[tuple[str, bytes]]:
    """Every cell of every table as `table.column` and bytes: the database is asked, no model."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
    if connection.vendor == "sqlite":
        tables.append("sqlite_sequence")
    for table in tables:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            columns = [column[0] for column in cursor.description]
            for row in cursor:
                for column, cell in zip(columns, row, strict=True):
                    if isinstance(cell, bytes | memoryview):
                        yield f"{table}.{column}", bytes(cell)
                    elif isinstance(cell, str):
                        yield f"{table}.{column}", cell.encode()
                    elif isinstance(cell, dict | list):
                        yield f"{table}.{column}", json.dumps(cell, ensure_ascii=False).encode()


def found_in_tables(values: set[str]) -> dict[str, set[str]]:
    """`table.column` -> which values it holds."""
    contents: dict[str, list[bytes]] = {}
    for place, cell in cells():
        contents.setdefault(place, []).append(cell)
    return {
        place: hits
        for place, blobs in contents.items()
        if (hits := found_in(b"\n\n".join(blobs), values))
    }


def found_in_files(folder: Path, values: set[str]) -> dict[str, set[str]]:
    """Path below the folder -> which values the file or its name holds."""
    return {
        str(path.relative_to(folder)): hits
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and (
            hits := found_in(
                str(path.relative_to(folder)).encode() + b"\n\n" + path.read_bytes(), values
            )
        )
    }


def found_by_readers(values: set[str]) -> set[str]:
    """Which values the files hold as each store's own reader gives them."""
    texts = (text for row in haystack.files() for _column, text in row.cells)
    return found_in("\n\n".join(texts).encode(), values)


@dataclass
class Planted:
    """One person whose every column is known."""

    # The day of whatever has a date: decides whether a statute's period still runs.
    on: date
    rows: dict[type[Model], Any] = field(default_factory=dict)
    # value -> "table.column", or "file of table.column" for what a file contains.
    values: dict[str, str] = field(default_factory=dict)
    # Columns of closed lists, where no value of a person fits: "table.column".
    closed: set[str] = field(default_factory=set)

    def pk(self, label: str) -> Any:
        return self.rows[apps.get_model(label)]


def closed_list(holding: Holding, column: Field) -> bool:
    """A technical or remaining column whose values are one of a list that programmers wrote."""
    datum = holding.data.get(column.name)
    return bool(column.choices) and (datum is None or datum.becomes is Becomes.STAYS)


def subject_models() -> list[type[Model]]:
    """Every concrete model whose rows are about the subject, history included, of any app."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if not model._meta.proxy
        and registry.holding(model).about is About.SUBJECT
        and not model.__module__.startswith("tests.")
    ]


class Planter:
    """Writes one row into every table about a person; numbers the values it plants."""

    # One series for all planters of a process: a value of one test is no value of another's.
    numbers = itertools.count(1)

    def __init__(self) -> None:
        self.number = 0
        self.scenery = Planted(on=timezone.localdate())

    def plant(self, *, on: date) -> Planted:
        person = Planted(on=on)
        for model in subject_models():
            self._row(model, person)
        return person

    def _row(self, model: type[Model], person: Planted) -> Any:
        model = model._meta.concrete_model
        if model not in person.rows:
            columns = {}
            for column in model._meta.local_concrete_fields:
                if isinstance(column, models.AutoField):
                    continue
                columns[column.column] = column.get_db_prep_save(
                    self._value(model, column, person), connection
                )
            with transaction.atomic(), connection.cursor() as cursor:
                names = ", ".join(map(connection.ops.quote_name, columns))
                table = connection.ops.quote_name(model._meta.db_table)
                marks = ", ".join(["%s"] * len(columns))
                key = connection.ops.quote_name(model._meta.pk.column)
                cursor.execute(
                    f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING {key}",
                    list(columns.values()),
                )
                person.rows[model] = cursor.fetchone()[0]
        return person.rows[model]

    def _value(self, model: type[Model], column: Field, person: Planted) -> Any:
        holding = registry.holding(model)
        if holding.history_of and column.name == "id":
            return self._row(apps.get_model(holding.history_of), person)
        if column.is_relation:
            return self._related(column, person)
        if isinstance(column, TEXT):
            return self._text(model, holding, column, person)
        if column.name in {"disposed_at", "approved_at"}:
            # The person is still here; what takes a second person to approve waits for them.
            return None
        match column:
            case models.UUIDField():
                return None if column.null else uuid.uuid4()
            case models.BooleanField():
                return False
            case models.DateTimeField():
                return timezone.now() - timedelta(days=(timezone.localdate() - person.on).days)
            case models.DateField():
                return person.on
            case models.IntegerField():
                return 1
        raise AssertionError(f"{model._meta.label}.{column.name} could not be planted.")

    def _related(self, column: Field, person: Planted) -> Any:
        target = column.related_model._meta.concrete_model
        if registry.holding(target).about is About.SUBJECT:
            return self._row(target, person)
        # A release needs somebody who released; any operator will do.
        if column.null and column.name != "released_by":
            return None
        return self._row(target, self.scenery)

    def _text(self, model: type[Model], holding: Holding, column: Field, person: Planted) -> Any:
        place = f"{model._meta.db_table}.{column.column}"
        if person is not self.scenery and closed_list(holding, column):
            person.closed.add(place)
            return column.choices[0][0]
        self.number = next(self.numbers)
        if isinstance(column, models.GenericIPAddressField):
            value = f"2001:db8:{0x1000 + self.number:x}:c0de:51a1:9f2b:33d4:1e07"
        elif isinstance(column, models.FileField):
            contents = token(90_000 + self.number, None)
            value = storages[holding.files[column.name]].save(
                f"qz/quillfeather-{self.number:05d}", ContentFile(contents.encode())
            )
            person.values[contents] = f"file of {place}"
        else:
            value = token(self.number, column.max_length)
        person.values[value] = place
        return {"note": value} if isinstance(column, models.JSONField) else value


def unspoken_text_columns() -> list[str]:
    """Text columns about operators or nobody of which nobody said why no person stands in them."""
    return [
        f"{model._meta.label}.{column.name}"
        for model in apps.get_models(include_auto_created=True)
        if not model._meta.proxy
        for holding in [registry.holding(model)]
        if holding.about is not About.SUBJECT
        for column in model._meta.local_concrete_fields
        if isinstance(column, TEXT)
        and not (
            holding.technical.get(column.name, "").strip()
            or (holding.about is About.OPERATOR and column.name in holding.data)
        )
    ]


def archived() -> list[dict[str, Any]]:
    """What the archive's records say when they are opened."""
    keys = archive_keys.verified()
    return [
        json.loads(keys[record.key_id].open(record.payload))
        for record in ArchivedRecord.objects.all()
    ]


def remainder(person: Planted, *, on: date) -> set[str]:
    """The columns that a living statute keeps of this person: `table.column`, from the keeps."""
    return {
        f"{holding.model_class._meta.db_table}.{holding.model_class._meta.get_field(name).column}"
        for holding in registry.about_subjects()
        for keep in holding.keeps
        if keep.statute and keep.ends_on(person.on) > on
        for name in keep.remainder
    }
