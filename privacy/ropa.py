"""The record of processing activities, computed and never typed (Art. 30(1) and (2) GDPR; S145).

It reads what the program declares: activities and tables of the inventory, their kinds of data,
whom they concern and until when; and what the office knows: its companies, its purposes with
their basis, and who received exports or had data disclosed to them. What is not declared cannot
be processed here, so that the record is whole for this program; systems beside it have records
of their own.
"""

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from privacy import disclosures, inventory, parties, subjects
from privacy.enums import Channel, Kind, RecipientClass
from privacy.inventory import Holding, Keep
from privacy.models import LegalEntity, Office, Processor, Purpose, RoleOfFirm

# What this program does itself; an office adds its own measures to what it prints.
SECURITY = (
    _lazy("Each role sees what it needs; every page asks, and each act is on record in a chain."),
    _lazy("Sign-in with a second factor for whoever decides; a second person for what counts."),
    _lazy("Suppressed addresses are keyed digests; the keys lie outside the database."),
    _lazy("Backups are encrypted, restored as a rehearsal, and forget again what was forgotten."),
    _lazy("What is due is pseudonymised or deleted each night, with a certificate."),
)
# What a spreadsheet would take for a formula is written as text.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Table:
    """What one table holds, about whom, and until when."""

    table: str
    concerns: str
    kinds: tuple[str, ...]
    periods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Activity:
    """Why something is processed, on which basis, and in which tables."""

    name: str
    purpose: str
    basis: str
    tables: tuple[Table, ...]


@dataclass(frozen=True, slots=True)
class Use:
    """One purpose of the firm, as its notice names it."""

    key: str
    title: str
    basis: str
    kinds: tuple[str, ...]
    recipients: tuple[str, ...]
    channels: tuple[str, ...]
    months: int
    since_when_off: str


@dataclass(frozen=True, slots=True)
class Client:
    """On whose behalf, or with whom, the firm processes, and what (Art. 26, 30(2))."""

    controller: str
    role: str
    contact: str
    kinds: tuple[str, ...]
    since: str


@dataclass(frozen=True, slots=True)
class Record:
    """The whole record on one day: Art. 30(1) as a controller, Art. 30(2) as a processor."""

    on: str
    controllers: tuple[dict[str, str], ...]
    contact: str
    activities: tuple[Activity, ...]
    purposes: tuple[Use, ...]
    recipients: tuple[dict[str, str], ...]
    # Who holds data of ours, where, and what protects its way there (Art. 30(1)(d), (e)).
    processors: tuple[dict[str, Any], ...]
    clients: tuple[Client, ...]
    # What protects all of it (Art. 30(1)(g), (2)(d), 32).
    security: tuple[str, ...]
    stores: tuple[dict[str, str], ...]


def record() -> Record:
    """The record as it stands, in the language of the moment."""
    registry = inventory.registry
    holdings = registry.holdings.values()
    return Record(
        on=timezone.localdate().isoformat(),
        controllers=tuple(
            {
                "name": entity.name,
                "address": entity.address,
                "country": entity.country,
                "number": entity.registration_number,
                "representative": entity.representative,
                "protection_officer": entity.protection_officer,
            }
            for entity in LegalEntity.objects.all()
        ),
        contact=Office.objects.values_list("privacy_contact", flat=True).first() or "",
        activities=tuple(
            Activity(
                activity.name,
                activity.purpose,
                activity.basis,
                tuple(_tables(one for one in holdings if one.activity == activity.name)),
            )
            for activity in registry.activities.values()
        ),
        purposes=tuple(_use(purpose) for purpose in Purpose.objects.all()),
        recipients=tuple(
            {"class": kind, "name": name, "country": country}
            for kind, name, country in sorted(
                {*map(tuple, subjects.adapter().recipients()), *disclosures.recipients()},
                key=lambda one: (one[1], one[0], one[2]),
            )
        ),
        processors=tuple(_processor(one) for one in _processors()),
        clients=tuple(_client(one) for one in parties.roles_in_force(on=timezone.localdate())),
        security=tuple(str(sentence) for sentence in SECURITY),
        stores=tuple(
            {"name": store.name, "what": store.reason, "emptied": store.purge}
            for store in registry.stores.values()
        ),
    )


def _processors() -> QuerySet[Processor]:
    today = timezone.localdate()
    return Processor.objects.filter(Q(until__isnull=True) | Q(until__gte=today), since__lte=today)


def _processor(one: Processor) -> dict[str, Any]:
    return {
        "name": one.name,
        "service": one.service,
        "role": str(one.get_role_display()),
        "country": one.country,
        "kinds": [str(Kind(kind).label) for kind in one.kinds],
        "contract": one.contract_on.isoformat() if one.contract_on else "",
        "safeguard": str(one.get_safeguard_display()),
    }


def _client(one: RoleOfFirm) -> Client:
    return Client(
        one.controller,
        str(one.get_role_display()),
        one.contact,
        tuple(str(Kind(kind).label) for kind in one.kinds),
        one.since.isoformat(),
    )


def as_json(whole: Record) -> str:
    """For machines."""
    return json.dumps(asdict(whole), ensure_ascii=False, indent=2) + "\n"


def as_csv(whole: Record) -> str:
    """A row for each table of each activity, then one for each party and measure."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    columns = (_("Activity"), _("Purpose"), _("Basis"), _("Table"))
    writer.writerow([*columns, _("Concerns"), _("Kinds"), _("Until")])
    for activity in whole.activities:
        for table in activity.tables:
            cells = [
                activity.name,
                activity.purpose,
                activity.basis,
                table.table,
                table.concerns,
                "; ".join(table.kinds),
                "; ".join(table.periods),
            ]
            writer.writerow(_safe(cells))
    for cells in _rows_beside(whole):
        writer.writerow(_safe(cells))
    return out.getvalue()


def _rows_beside(whole: Record) -> Iterable[list[str]]:
    """The companies, who holds or received data, for whom the firm works, and what protects it."""
    for one in whole.controllers:
        named = (one["representative"], one["protection_officer"], whole.contact)
        yield [_("Controller"), one["name"], "", "", "; ".join(filter(None, named)), "", ""]
    for held in whole.processors:
        where = f"{held['name']} ({held['country']})"
        kinds = "; ".join(held["kinds"])
        yield [held["role"], held["service"], held["safeguard"], where, "", kinds, ""]
    for got in whole.recipients:
        yield [_("Recipient"), got["class"], "", f"{got['name']} ({got['country']})", "", "", ""]
    for client in whole.clients:
        about = _("on behalf of %s") % client.controller
        yield [client.role, about, "", "", client.contact, "; ".join(client.kinds), ""]
    for sentence in whole.security:
        yield [_("Security"), sentence, "", "", "", "", ""]


def _safe(cells: Iterable[str]) -> list[str]:
    return [f"'{cell}" if cell.startswith(FORMULA) else cell for cell in cells]


def as_html(whole: Record) -> str:
    """A page of its own, to read and to print."""
    return render_to_string("privacy/ropa/record.html", {"record": whole})


FORMATS = {"html": as_html, "json": as_json, "csv": as_csv}


def _tables(holdings: Iterable[Holding]) -> Iterable[Table]:
    for holding in holdings:
        if holding.history_of:
            # Its columns and its end are those of its model's.
            continue
        yield Table(
            table=str(holding.model_class._meta.verbose_name_plural),
            concerns=str(holding.about.label),
            kinds=tuple(dict.fromkeys(str(one.kind.label) for one in holding.data.values())),
            periods=tuple(_periods(holding)),
        )


def _periods(holding: Holding) -> Iterable[str]:
    yield from map(_period, holding.keeps)
    if holding.account or holding.account_name:
        yield _("at the latest with the operator's account")


def _period(keep: Keep) -> str:
    """A period with its citation."""
    length = {"years": keep.years, "months": keep.months, "days": keep.days}
    counted = [f"{number} {_UNITS[unit]()}" for unit, number in length.items() if number]
    return f"{' '.join(counted) or '0'} ({keep.citation})"


_UNITS: dict[str, Any] = {
    "years": lambda: _("years"),
    "months": lambda: _("months"),
    "days": lambda: _("days"),
}


def _use(purpose: Purpose) -> Use:
    return Use(
        key=purpose.key,
        title=purpose.title,
        basis=" – ".join(filter(None, (str(purpose.get_basis_display()), purpose.statute))),
        kinds=tuple(str(Kind(kind).label) for kind in purpose.kinds),
        recipients=tuple(str(RecipientClass(one).label) for one in purpose.recipients),
        channels=tuple(str(Channel(channel).label) for channel in purpose.channels),
        months=purpose.months,
        since_when_off=purpose.off_since.isoformat() if purpose.off_since else "",
    )
