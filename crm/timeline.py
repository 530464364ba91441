"""What happened with a person, newest first, over all kinds of rows; one query a kind."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.models import Contact, Document, Engagement, Interaction, Participation, Role
from privacy import masking

MOST = 20


@dataclass(frozen=True, slots=True)
class Event:
    """One line: when, of which kind, and what. `link` is the model and number of its page."""

    at: datetime
    kind: str
    text: str
    link: tuple[str, int] | None = None

    @property
    def page(self) -> str:
        """The address of its page in the console."""
        if self.link is None:
            return ""
        model, number = self.link
        return reverse(f"admin:crm_{model}_change", args=[number])


def of(contact: Contact, *, user: Any, kind: str = "", most: int = MOST) -> list[Event]:
    """The newest events of the kinds that this user may see, or of one kind alone."""
    found: list[Event] = []
    for model, events in SOURCES.items():
        name = model._meta.model_name or ""
        if user.has_perm(f"crm.view_{name}") and kind in {"", name}:
            # What somebody sees masked elsewhere has no text here either.
            found += events(contact, most, user)
    return sorted(found, key=lambda event: event.at, reverse=True)[:most]


def kinds(user: Any) -> list[tuple[str, Any]]:
    """The kinds by which this user may filter."""
    return [
        (model._meta.model_name or "", LABELS.get(model, model._meta.verbose_name_plural))
        for model in SOURCES
        if user.has_perm(f"crm.view_{model._meta.model_name}")
    ]


def _interactions(contact: Contact, most: int, user: Any) -> Iterator[Event]:
    sees = user.has_perm(masking.PERMISSION)
    rows = Interaction.objects.filter(contact=contact)
    # Who sees no text sees when something was said all the same.
    for row in (masking.for_user(user, rows) if sees else rows)[:most]:
        kind = f"{row.get_channel_display()}, {row.get_direction_display()}"
        yield Event(row.occurred_at, kind, row.summary if sees else "", _link(row))


def _documents(contact: Contact, most: int, user: Any) -> Iterator[Event]:
    sees = user.has_perm(masking.PERMISSION)
    rows = Document.objects.filter(contact=contact)
    # Who sees no text sees when something was said all the same.
    for row in (masking.for_user(user, rows) if sees else rows)[:most]:
        yield Event(row.uploaded_at, _("document"), row.title if sees else "", _link(row))


def _engagements(contact: Contact, most: int, user: Any) -> Iterator[Event]:
    sees = user.has_perm(masking.PERMISSION)
    rows = Participation.objects.filter(contact=contact).select_related("engagement")
    latest = Coalesce("engagement__closed_on", "engagement__opened_on")
    for row in rows.order_by(latest.desc(), "-pk")[:most]:
        work = row.engagement
        text = f"{work.code} {work.title}" if sees else work.code
        yield Event(_noon(work.opened_on), _("engagement opened"), text, _link(work))
        if work.closed_on:
            yield Event(_noon(work.closed_on), _("engagement closed"), text, _link(work))


def _roles(contact: Contact, most: int, user: Any) -> Iterator[Event]:
    sees = user.has_perm(masking.PERMISSION)
    rows = Role.objects.filter(contact=contact).select_related("organisation")
    latest = Coalesce("ended_on", "started_on")
    for row in rows.order_by(latest.desc(nulls_last=True), "-pk")[:most]:
        firm = row.organisation.name if row.organisation and sees else ""
        text = " · ".join(filter(None, (str(row.get_kind_display()), firm)))
        if row.started_on:
            yield Event(_noon(row.started_on), _("role began"), text)
        if row.ended_on:
            yield Event(_noon(row.ended_on), _("role ended"), text)


SOURCES: dict[Any, Any] = {
    Interaction: _interactions,
    Document: _documents,
    Participation: _engagements,
    Role: _roles,
}


# Who takes part in an engagement thinks of the engagement.
LABELS: dict[Any, Any] = {Participation: Engagement._meta.verbose_name_plural}


def _link(row: Any) -> tuple[str, int]:
    return row._meta.model_name, row.pk


def _noon(day: date) -> datetime:
    """A day among moments; noon keeps it the same day in every time zone of the firm."""
    return timezone.make_aware(datetime.combine(day, time(12)))
