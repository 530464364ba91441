"""A crowd: any number of invented people with their dealings, written by the database itself.

The same number and seed give the same people: names in both scripts, every class and role, about
one in seven of them due, some held, some under a statute, some with old rows of their own. One
statement per table, so that 300,000 people are a matter of seconds; columns that nobody names
here take the default of their model, so that a new one needs no change.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from itertools import chain

from django.core.management.color import no_style
from django.db import connection
from django.db.models import Max, Model

from crm import dealings, models
from crm.names import name_key, search_text, split
from privacy.enums import HoldReason, HoldScope
from privacy.models import LegalHold

HAN = "陳 李 黃 歐陽 張 司徒 林 何 周 吳 鄭 梁".split()
GIVEN = "Ann Łukasz Inês Tomás Siobhán Jürgen Amara Noor Priya Mateo Wing-Yan Ka-Ho".split()
FAMILY = "O’Brien Żółć Ferreira Novák Chan Müller Okonkwo Leung Nguyễn D’Souza".split()
# As many names as people up to this; beyond it there are namesakes.
NAMES = 20_000
SYLLABLES = "ba ce di fo gu ha ji ke lo mu na pe qui ro su ta vi wo xe za".split()
# Stands for a default while a statement is put together.
PLACE = "\0"
# Of ten people: the class that their dealings give them.
CLASSES = "lead lead lead lead consultation client client supplier staff applicant".split()
ROLES = {6: "client", 7: "supplier", 8: "employee", 9: "applicant"}
# Interactions of each person, the last of them on the day of the last qualifying event.
TALKS = (("email", "inbound"), ("phone", "held"), ("email", "outbound"), ("chat", "inbound"))
OLD_TALK = ("letter", "inbound")
BATCH = 10_000
# A person's row and its source carry the person's own number.
KEYED = (models.Contact, models.Source)


def build(size: int, *, on: date, by: Model, seed: int = 1) -> range:
    """Write the crowd and its derived clocks; returns the keys of its people."""
    used = (model.objects.aggregate(last=Max("pk"))["last"] for model in KEYED)
    first = max(last or 0 for last in used) + 1
    people = range(first, first + size)
    with _stories(people, on=on, seed=seed):
        for model, rows, columns in _tables(by):
            _fill(model, rows, columns)
    _count_on()
    with connection.cursor() as cursor:
        # As autovacuum would have done by the night: the planner knows the size of the tables.
        cursor.execute("ANALYZE")
    for start in range(first, first + size, BATCH):
        dealings.refresh(range(start, min(start + BATCH, first + size)))
    return people


# --- stories: what happened with each person, as one temporary table ------------------------


@contextmanager
def _stories(people: range, *, on: date, seed: int) -> Iterator[None]:
    """For each person: class, whether due, and the days of their dealings."""
    chance = random.Random(seed).randrange(1, 2**31, 2)
    first = people.start
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            CREATE TEMPORARY TABLE crowd AS
            WITH RECURSIVE number(n) AS (
                SELECT CAST(0 AS bigint) UNION ALL SELECT n + 1 FROM number WHERE n + 1 < {len(people)}
            ), dice AS (
                SELECT n, n % 10 AS class,
                       ((n + 7) * 1103515245 + {chance}) % 2147483647 AS a,
                       ((n + 3) * 69069 + {chance}) * 1664525 % 2147483647 AS b
                FROM number
            )
            SELECT {first} + n AS id, {_literal(on)} AS today, n, class, a, b, n % {min(NAMES, len(people))} AS name,
                   CASE WHEN a / 64 % 100 < 15 THEN 1 ELSE 0 END AS due,
                   CASE WHEN a / 64 % 100 < 15 THEN 2270 + b / 64 % 1000
                        ELSE 1 + b / 64 % 600 END AS age
            FROM dice
            """
        )
        cursor.execute(
            "CREATE TEMPORARY TABLE crowd_name (name integer PRIMARY KEY, native_family text,"
            " native_given text, latin_family text, latin_given text, found text, name_key text)"
        )
        names = list(_names(min(NAMES, len(people))))
        for start in range(0, len(names), 500):
            part = names[start : start + 500]
            rows = ", ".join(["(%s, %s, %s, %s, %s, %s, %s)"] * len(part))
            cursor.execute(f"INSERT INTO crowd_name VALUES {rows}", list(chain(*part)))
        cursor.execute("ANALYZE")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE crowd")
            cursor.execute("DROP TABLE crowd_name")


def _names(number: int) -> Iterator[tuple]:
    for n in range(number):
        native = HAN[n % len(HAN)] + _han(n) if n % 3 != 1 else ""
        family = FAMILY[n % len(FAMILY)] + "-" + _syllables(n)
        latin = f"{GIVEN[n // 7 % len(GIVEN)]} {family}" if n % 3 != 2 else ""
        names = split(full=f"{native} {latin}".strip())
        yield (
            *(n, names.native_family_name, names.native_given_name),
            *(names.latin_family_name, names.latin_given_name),
            search_text([native, latin]),
            name_key(f"{native}{latin}"),
        )


def _syllables(n: int) -> str:
    return "".join(SYLLABLES[n // 20**place % 20] for place in range(4)).capitalize()


def _han(n: int) -> str:
    """Two more characters, another pair for each number."""
    return chr(0x4E00 + n // 150) + chr(0x5500 + n % 150)


# --- tables ---------------------------------------------------------------------------------


def _tables(by: Model) -> Iterator[tuple[type[Model], str, dict[str, str]]]:
    """Each table with the rows it gets and its columns, in SQL; parents before children."""
    event, met = "c.age", "c.age + 100"
    # Who only ever heard from us has no qualifying event: the day of the source counts.
    silent = "(c.class IN (1, 2))"
    yield (
        models.Source,
        "crowd c",
        {
            "id": "c.id",
            "type": "CASE WHEN c.a % 3 = 0 THEN 'card' ELSE 'person' END",
            "detail": "'invented source ' || c.n",
            "obtained_on": _day(f"CASE WHEN {silent} THEN {event} ELSE {met} END"),
        },
    )
    person = {
        "native_family_name": "m.native_family",
        "native_given_name": "m.native_given",
        "latin_family_name": "m.latin_family",
        "latin_given_name": "m.latin_given",
        "language": "CASE WHEN c.a % 2 = 0 THEN 'en' ELSE 'zh-hant' END",
        "residence_country": "CASE c.b % 4 WHEN 0 THEN 'PT' WHEN 1 THEN 'GB' ELSE 'HK' END",
        "uuid": _uuid(1, "c.id"),
        "source_id": "c.id",
        "created_at": _noon(met),
    }
    named = "crowd c JOIN crowd_name m ON m.name = c.name"
    yield (
        models.Contact,
        named,
        {
            **person,
            "id": "c.id",
            "search_text": "m.found || ' person-' || c.id || '@example.com'",
            "name_key": "m.name_key",
        },
    )
    yield (
        models.Contact.history.model,
        f"{named} CROSS JOIN {_numbers(2)}",
        {
            **person,
            "id": "c.id",
            "history_date": _noon(f"{met} - k.k"),
            "history_type": "CASE k.k WHEN 0 THEN '+' ELSE '~' END",
        },
    )
    email = {
        "kind": "'email'",
        "value": "'Person-' || c.id || '@example.com'",
        "normal_form": "'person-' || c.id || '@example.com'",
        "contact_id": "c.id",
    }
    yield models.ContactPoint, "crowd c", email
    yield (
        models.ContactPoint.history.model,
        "crowd c JOIN crm_contactpoint p ON p.contact_id = c.id",
        {**email, "id": "p.id", "history_date": _noon(met), "history_type": "'+'"},
    )
    yield (
        models.PostalAddress,
        "crowd c WHERE c.n % 3 = 0",
        {"contact_id": "c.id", "lines": "c.n || ' Example Street'", "country": "'HK'"},
    )
    yield (
        models.Demographics,
        "crowd c WHERE c.n % 5 = 0",
        {"contact_id": "c.id", "date_of_birth": _day("12000 + c.b % 9000")},
    )
    kinds = " ".join(f"WHEN {number} THEN '{kind}'" for number, kind in ROLES.items())
    yield (
        models.Role,
        "crowd c WHERE c.class >= 6",
        {
            "contact_id": "c.id",
            "kind": f"CASE c.class {kinds} END",
            "job_title": "'Invented title'",
            "started_on": _day(met),
            # Half of those who work here are here still: their clock has not started.
            "ended_on": f"CASE WHEN c.class = 8 AND c.due = 0 AND c.b % 2 = 0 THEN NULL"
            f" ELSE {_day(event)} END",
        },
    )
    work = "crowd c WHERE c.class IN (4, 5)"
    yield (
        models.Engagement,
        work,
        {
            "uuid": _uuid(2, "c.id"),
            "code": "'crowd-' || c.id",
            "title": "'Invented work'",
            "state": "CASE c.class WHEN 4 THEN 'consultation' ELSE 'contract' END",
            "opened_on": _day(met),
            "closed_on": f"CASE WHEN c.due = 0 AND c.b % 3 = 0 THEN NULL ELSE {_day(event)} END",
        },
    )
    engaged = f"crowd c JOIN crm_engagement e ON e.uuid = {_uuid(2, 'c.id')}"
    yield models.Participation, engaged, {"contact_id": "c.id", "engagement_id": "e.id"}
    yield (
        models.InvoiceReference,
        f"{engaged} WHERE c.class = 5",
        {
            "contact_id": "c.id",
            "engagement_id": "e.id",
            "number": "'crowd-' || c.id",
            "billed_to": "'Invented payer ' || c.n",
            "issued_on": _day(event),
        },
    )
    talk = {
        "contact_id": "c.id",
        "summary": "'An invented conversation'",
        "body": "'Nothing in this text is about anybody, and it is ' || c.a || ' words long.'",
    }
    for number, (channel, direction) in enumerate(TALKS):
        yield (
            models.Interaction,
            "crowd c",
            {
                **talk,
                "uuid": _uuid(10 + number, "c.id"),
                "channel": f"'{channel}'",
                "direction": f"CASE WHEN {silent} THEN 'outbound' ELSE '{direction}' END",
                "occurred_at": _noon(f"{event} + {50 * number}"),
            },
        )
    yield (
        models.Interaction,
        "crowd c",
        {
            **talk,
            "uuid": _uuid(19, "c.id"),
            "channel": f"'{OLD_TALK[0]}'",
            "direction": f"CASE WHEN {silent} THEN 'outbound' ELSE '{OLD_TALK[1]}' END",
            # One in ten of those who stay has a letter whose own six years are over.
            "occurred_at": _noon("CASE WHEN c.a % 10 = 0 THEN c.age + 2200 ELSE c.age + 200 END"),
        },
    )
    seen = "crowd c WHERE c.n % 10 = 3"
    yield models.Visitor, seen, {"key": _uuid(3, "c.id"), "first_seen_at": _noon(met)}
    known = f"crowd c JOIN crm_visitor v ON v.key = {_uuid(3, 'c.id')}"
    yield (
        models.VisitorLink,
        known,
        {
            "visitor_id": "v.id",
            "contact_id": "c.id",
            "basis": "'form'",
            "linked_at": _noon(met),
        },
    )
    yield (
        models.WebActivity,
        f"{known} CROSS JOIN {_numbers(2)}",
        {
            "visitor_id": "v.id",
            "happened_at": _noon(f"{met} - k.k"),
            "ip_address": "'192.0.2.1'",
            "path": "'/invented'",
        },
    )
    yield (
        LegalHold,
        "crowd c WHERE c.due = 1 AND c.b % 40 = 0",
        {
            "reference": _uuid(4, "c.id"),
            "scope": f"'{HoldScope.PERSON}'",
            "subject_id": "c.id",
            "matter": "'HCA-2026-' || c.n",
            "reason": f"'{HoldReason.CLAIM}'",
            "owner_id": str(by.pk),
            "placed_by_id": str(by.pk),
            "placed_at": _noon("1"),
            "review_on": _day("-900"),
        },
    )


def _fill(model: type[Model], rows: str, columns: dict[str, str]) -> None:
    """One INSERT … SELECT; what is not named is null or the model's default."""
    columns = dict(columns)
    names, values, defaults = [], [], []
    for field in model._meta.concrete_fields:
        value = columns.pop(field.column, None)
        if value is None and field.primary_key:
            continue
        if value is None and not field.null:
            value = PLACE
            default = field.get_default() if field.has_default() else ""
            defaults.append(field.get_db_prep_save(default, connection))
        names.append(connection.ops.quote_name(field.column))
        values.append(value or "NULL")
    assert not columns, f"{model._meta.label} has no columns {list(columns)}"
    statement = (
        f"INSERT INTO {model._meta.db_table} ({', '.join(names)})"
        f" SELECT {', '.join(values)} FROM {rows}"
    )
    with connection.cursor() as cursor:
        if defaults:
            cursor.execute(statement.replace("%", "%%").replace(PLACE, "%s"), defaults)
        else:
            cursor.execute(statement)


def _count_on() -> None:
    """Let the database number its next rows after those that were numbered here."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), KEYED):
            cursor.execute(statement)


# --- the two dialects -----------------------------------------------------------------------


def _postgresql() -> bool:
    return connection.vendor == "postgresql"


def _literal(day: date) -> str:
    return f"DATE '{day}'" if _postgresql() else f"'{day}'"


def _day(age: str) -> str:
    """The day so many days before today."""
    if _postgresql():
        return f"(c.today - CAST({age} AS integer))"
    return f"date(c.today, printf('%+d days', -({age})))"


def _noon(age: str) -> str:
    """Noon in Hong Kong of that day."""
    if _postgresql():
        return f"(({_day(age)} + TIME '04:00') AT TIME ZONE 'UTC')"
    return f"datetime(c.today, printf('%+d days', -({age})), '+4 hours')"


def _uuid(kind: int, number: str) -> str:
    """An artificial identifier, the same for the same kind and number."""
    if _postgresql():
        return f"CAST('{kind:08x}' || lpad(to_hex({number}), 24, '0') AS uuid)"
    return f"printf('{kind:08x}%024x', {number})"


def _numbers(count: int) -> str:
    return "(" + " UNION ALL ".join(f"SELECT {k} AS k" for k in range(count)) + ") k"
