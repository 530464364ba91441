"""Where people stand: the events told from the first to the last, for sets and for any day.

A pure replay decides, in the order of receipt, which is that of the rows' numbers: a clock that
was wrong when something was written down changes nothing of what was said last. A “no” ends every
“yes” that was stored before it; a “yes” ends a “no” only where it is later in number and in time;
of two “yes” time decides. Given before 25 May 2018 is not usable (S4); given orally waits for its
written confirmation, sent within 14 days (s.35E); what an import says never follows a “no” with a
“yes”. A “no” to marketing as such is a “no” to each of its purposes. Several rows of one person,
merged, count as one: at the merge the most restrictive wins.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.utils import timezone

from privacy import purposes
from privacy.enums import NOES, ConsentKind, ConsentMethod, ConsentState, Nature
from privacy.models import ConsentEvent, LegalEntity, Purpose

# What was agreed before this day was asked under rules that asked for less.
GDPR_BEGINS = date(2018, 5, 25)
# s.35E: the written confirmation of an oral consent is sent within this time, and before use.
CONFIRMATION = timedelta(days=14)
# Parameters per statement: below every limit of both databases.
CHUNK = 5_000
# From the least to the most restrictive, where rows of one person say different things.
RANK = (
    ConsentState.NEVER_ASKED,
    ConsentState.GIVEN,
    ConsentState.AWAITING,
    ConsentState.NOT_ANSWERED,
    ConsentState.EXPIRED,
    ConsentState.LAPSED,
    ConsentState.LEGACY,
    ConsentState.REFUSED,
    ConsentState.WITHDRAWN,
    ConsentState.OBJECTED,
)

# Other rows of the same person, by primary key, and when they were merged into it.
Merged = Mapping[int, Mapping[int, datetime]]
Question = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the ledger, as far as it decides."""

    pk: int
    reference: str
    subject: int
    purpose: str
    channel: str
    topic: str
    kind: str
    method: str
    occurred_at: datetime
    valid_until: date | None
    address_digest: str
    entity: int | None = None

    @property
    def day(self) -> date:
        return timezone.localdate(self.occurred_at)

    @property
    def is_no(self) -> bool:
        return self.kind in NOES

    def is_said_to(self, entity: LegalEntity | None) -> bool:
        """Whether it bears on this company: a “yes” does on the one that it names alone (S2)."""
        return (
            entity is None
            or self.kind not in {ConsentKind.GIVEN, ConsentKind.CONFIRMED}
            or self.entity == entity.pk
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person stands about one purpose on one channel, since when, by which event."""

    state: ConsentState = ConsentState.NEVER_ASKED
    since: datetime | None = None
    reference: str = ""
    # The event by which consent was given; a confirmation does not replace it.
    given_at: datetime | None = None
    valid_until: date | None = None
    # Keyed digest of the one address for which it was given; blank: every address.
    address_digest: str = ""
    # The number of the event that decided; of every “no” so far the last number and latest time.
    number: int = 0
    no_number: int = 0
    no_at: datetime | None = None

    @property
    def is_usable(self) -> bool:
        return self.state is ConsentState.GIVEN

    @property
    def is_no(self) -> bool:
        return self.state in NOES


def state(
    subject_pks: Collection[int],
    purpose: Purpose | str,
    channel: str = "",
    *,
    on: date,
    topic: str = "",
    same_as: Merged | None = None,
    entity: LegalEntity | None = None,
) -> dict[int, Standing]:
    """Where each of these people stands at the end of this day; a few queries for all of them.

    `entity` is the company that wants to know; without it a “yes” to any of them is one.
    """
    purpose = purposes.named(purpose)
    about = _asked([purpose], channel)
    wanted = _with_merged(subject_pks, same_as)
    events = events_about(wanted, purposes=about, channel=channel)
    by_person = _by_person(event for event in events if event.is_said_to(entity))
    question = (purpose.key, channel, topic)
    return {
        pk: _standing_of(pk, by_person, question, purpose.is_marketing, on, same_as)
        for pk in subject_pks
    }


def states(
    subject_pks: Collection[int], *, on: date, same_as: Merged | None = None
) -> dict[int, dict[Question, Standing]]:
    """Every question these people ever answered: (purpose, channel, topic) to where they stand."""
    marketing = {purpose.key: purpose.is_marketing for purpose in Purpose.objects.all()}
    by_person = _by_person(events_about(_with_merged(subject_pks, same_as)))
    found: dict[int, dict[Question, Standing]] = {}
    for pk in subject_pks:
        rows = [pk, *(same_as or {}).get(pk, ())]
        questions = {
            (event.purpose, event.channel, event.topic)
            for row in rows
            for event in by_person.get(row, ())
        }
        found[pk] = {
            question: _standing_of(pk, by_person, question, marketing[question[0]], on, same_as)
            for question in sorted(questions)
        }
    return found


def noes(subject_pks: Collection[int]) -> dict[int, dict[Question, Event]]:
    """The questions to which each of these people's own word is “no” now, and the event of it.

    What is told as a replay tells it: neither an import nor a missing answer takes a “no” back.
    """
    found: dict[int, dict[Question, Event]] = {pk: {} for pk in subject_pks}
    for pk, events in _by_person(events_about(subject_pks)).items():
        asked: dict[Question, dict[str, Event]] = {}
        for event in events:
            question = (event.purpose, event.channel, event.topic)
            asked.setdefault(question, {})[event.reference] = event
        for question, said in asked.items():
            now = told(said.values())
            if now.is_no:
                found[pk][question] = said[now.reference]
    return found


def stands_against(
    subject_pk: int, purpose: Purpose, channel: str, *, topic: str, at: datetime
) -> bool:
    """Whether this person said a “no”, to this or more, that a “yes” of that moment cannot end."""
    question = (purpose.key, channel, topic)
    events = events_about([subject_pk], purposes=_asked([purpose], channel), channel=channel)
    bearing = _bearing(
        events, question, is_marketing=purpose.is_marketing, on=timezone.localdate()
    )
    return any(event.is_no and event.occurred_at >= at for event in bearing)


def first_and_latest(
    subject_pks: Collection[int], purpose: Purpose | str, channel: str = ""
) -> dict[int, tuple[Event, Event]]:
    """The first consent of each of these people and the last thing that they said."""
    purpose = purposes.named(purpose)
    found: dict[int, tuple[Event, Event]] = {}
    events = events_about(subject_pks, purposes=[purpose.key], channel=channel)
    for pk, told in _by_person(events).items():
        given = [event for event in told if event.kind == ConsentKind.GIVEN]
        found[pk] = (given or told)[0], told[-1]
    return found


def subscribed(subject_pks: Collection[int]) -> dict[int, set[str]]:
    """The digests of the addresses that these people gave to subscribe, until today or not (S17).

    `suppression.locks` tells the digests of an address.
    """
    found: dict[int, set[str]] = {}
    wanted = list(subject_pks)
    for first in range(0, len(wanted), CHUNK):
        given = ConsentEvent.objects.filter(
            subject__in=wanted[first : first + CHUNK],
            kind=ConsentKind.GIVEN,
            purpose__nature=Nature.MARKETING,
        ).exclude(address_digest="")
        for subject, digest in given.values_list("subject", "address_digest"):
            found.setdefault(subject, set()).add(digest)
    return found


def events_about(
    subject_pks: Collection[int],
    *,
    purposes: Collection[str] | None = None,
    channel: str | None = None,
) -> Iterator[Event]:
    """The ledger's rows about these people, oldest first for each; one query for each chunk."""
    wanted = list(subject_pks)
    for first in range(0, len(wanted), CHUNK):
        rows = ConsentEvent.objects.filter(subject__in=wanted[first : first + CHUNK])
        if purposes is not None:
            rows = rows.filter(purpose__key__in=purposes)
        if channel is not None:
            rows = rows.filter(channel=channel)
        for row in rows.order_by("occurred_at", "pk").values_list(
            "pk",
            "reference",
            "subject",
            "purpose__key",
            "channel",
            "topic",
            "kind",
            "method",
            "occurred_at",
            "valid_until",
            "address_digest",
            "entity",
        ):
            yield Event(row[0], str(row[1]), *row[2:])


def told(events: Iterable[Event], *, start: Standing | None = None) -> Standing:
    """Replay events, given in any order, on top of where somebody stood before them."""
    now = start or Standing()
    for event in sorted(events, key=lambda event: event.pk):
        now = _after(now, event)
    return now


def _after(now: Standing, event: Event) -> Standing:  # noqa: PLR0911 - a table of what follows
    match event.kind:
        case ConsentKind.GIVEN if now.is_no and event.method == ConsentMethod.IMPORT:
            return now
        case ConsentKind.GIVEN if not _counts(now, event):
            return now
        case ConsentKind.GIVEN:
            return Standing(
                _given(event),
                event.occurred_at,
                event.reference,
                event.occurred_at,
                event.valid_until,
                event.address_digest,
                event.pk,
                now.no_number,
                now.no_at,
            )
        case ConsentKind.CONFIRMED:
            if not _confirms(now, event):
                return now
            return replace(now, state=ConsentState.GIVEN, since=event.occurred_at, number=event.pk)
        case ConsentKind.NOT_ANSWERED if now.state is not ConsentState.NEVER_ASKED:
            return now
    said = Standing(
        ConsentState(event.kind),
        event.occurred_at,
        event.reference,
        number=event.pk,
        no_number=now.no_number,
        no_at=now.no_at,
    )
    if not event.is_no:
        return said
    no_at = event.occurred_at if now.no_at is None else max(now.no_at, event.occurred_at)
    return replace(said, no_number=max(now.no_number, event.pk), no_at=no_at)


def _counts(now: Standing, event: Event) -> bool:
    """Whether a “yes” is later than each “no”, in number and time, and than another “yes”."""
    if event.pk < now.no_number or (now.no_at is not None and event.occurred_at <= now.no_at):
        return False
    return now.given_at is None or now.is_no or event.occurred_at >= now.given_at


def _confirms(now: Standing, event: Event) -> bool:
    """Whether this confirmation was sent in time for an oral consent that waits."""
    if now.state is not ConsentState.AWAITING or now.given_at is None:
        return False
    return now.given_at <= event.occurred_at and event.day <= _last_day(now)


def _last_day(oral: Standing) -> date:
    return timezone.localdate(oral.given_at) + CONFIRMATION


def _given(event: Event) -> ConsentState:
    if event.day < GDPR_BEGINS:
        return ConsentState.LEGACY
    if event.method == ConsentMethod.ORAL:
        return ConsentState.AWAITING
    return ConsentState.GIVEN


def _on_the_day(standing: Standing, on: date) -> Standing:
    """What time alone has made of it by this day."""
    if standing.state is ConsentState.AWAITING and on > _last_day(standing):
        return replace(standing, state=ConsentState.LAPSED)
    is_over = standing.valid_until is not None and on > standing.valid_until
    if standing.state is ConsentState.GIVEN and is_over:
        return replace(standing, state=ConsentState.EXPIRED)
    return standing


def _bearing(
    events: Iterable[Event], question: Question, *, is_marketing: bool, on: date
) -> list[Event]:
    """The events by this day that bear on a question.

    Asked for today or a later day, every “no” is one: a day that lies ahead is a wrong clock's.
    """
    purpose, channel, topic = question
    is_now = on >= timezone.localdate()
    return [
        event
        for event in events
        if event.channel == channel
        and (event.day <= on or (event.is_no and is_now))
        and event.topic in {"", topic}
        and (
            event.purpose == purpose
            or (is_marketing and event.purpose == purposes.MARKETING and event.is_no)
        )
    ]


def _standing_of(  # noqa: PLR0917 - one question, asked of one person among many
    pk: int,
    by_person: Mapping[int, list[Event]],
    question: Question,
    is_marketing: bool,
    on: date,
    same_as: Merged | None,
) -> Standing:
    others = (same_as or {}).get(pk, {})
    rows = {
        row: _bearing(by_person.get(row, ()), question, is_marketing=is_marketing, on=on)
        for row in (pk, *others)
    }
    if not others:
        return _on_the_day(told(rows[pk]), on)
    merged_at = max(others.values())
    before = [
        told(event for event in events if event.occurred_at <= merged_at)
        for events in rows.values()
    ]
    strictest = max(before, key=lambda standing: RANK.index(standing.state))
    start = replace(
        strictest,
        no_number=max(standing.no_number for standing in before),
        no_at=max((one.no_at for one in before if one.no_at), default=None),
    )
    later = [e for events in rows.values() for e in events if e.occurred_at > merged_at]
    return _on_the_day(told(later, start=start), on)


def _asked(wanted: Iterable[Purpose], channel: str) -> list[str]:
    keys = {purpose.key for purpose in wanted}
    if any(purpose.is_marketing for purpose in wanted):
        keys.add(purposes.MARKETING)
    return sorted(keys)


def _with_merged(subject_pks: Collection[int], same_as: Merged | None) -> list[int]:
    merged = (row for pk in subject_pks for row in (same_as or {}).get(pk, ()))
    return sorted({*subject_pks, *merged})


def _by_person(events: Iterable[Event]) -> dict[int, list[Event]]:
    found: dict[int, list[Event]] = {}
    for event in events:
        found.setdefault(event.subject, []).append(event)
    return found
