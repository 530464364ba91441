"""What was said, sent and seen: interactions by every channel, documents, web activity."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from crm import documents
from crm.demo.lives import Life
from crm.demo.people import Pairs
from crm.demo.work import Works
from crm.enums import Channel, Direction, LinkBasis
from crm.models import Contact, Document, Interaction, Visitor, VisitorLink, WebActivity

# By channel, in English and in Chinese; nothing in it is about anybody.
SAID = {
    Channel.FORM: ("Asked for a brochure by the form", "經表格索取小冊子"),
    Channel.PHONE: ("Call about the next steps", "來電討論下一步"),
    Channel.EMAIL: ("Sent the papers that were asked for", "傳送所需文件"),
    Channel.CHAT: ("Asked in the chat about opening hours", "即時通訊查詢辦公時間"),
    Channel.MEETING: ("Met to go through the plan", "會面檢視計劃"),
    Channel.LETTER: ("Letter with the signed copy", "來信附已簽署副本"),
    Channel.IMPORT: ("Note taken over from an older list", "自舊名單轉入的紀錄"),
    Channel.OTHER: ("Passed a message on at the fair", "在展覽會上轉達口訊"),
}
BODIES = ("Nothing in this text is about anybody.", "本文與任何人無關。")
# A letter is sent and not held.
HELD_BY = (Channel.PHONE, Channel.CHAT, Channel.MEETING, Channel.OTHER)
# So long chat may stay (the period "support"): few of it is older.
CHAT_STAYS = timedelta(days=720)
PAGES = ("/", "/services", "/training", "/contact", "/brochure.pdf")
SEARCHES = ("", "market study", "培訓", "")
DOCUMENTS = ("Signed copy", "Brief", "Minutes of a meeting", "已簽署副本", "會議紀錄")


def write(pairs: Pairs, works: Works, *, on: date, by: Any) -> None:
    """Two to five interactions of each person; documents and web activity of some."""
    turns = count()
    rows = [row for pair in pairs for row in _spoken(*pair, works, turns, on=on)]
    for row in rows:
        row.recorded_by = by
    Interaction.objects.bulk_create(rows, batch_size=500)
    _documents(pairs, works, by=by)
    _web(pairs, on=on)


def _spoken(
    life: Life, person: Contact, works: Works, turns: Iterator[int], *, on: date
) -> Iterable[Interaction]:
    """The last is the person's or was held: it, not our own mail, is their last event."""
    known_for = (life.last_on - life.met_on).days
    recent = min(known_for, 1500 if life.is_open else 200)
    days = [life.last_on - timedelta(days=recent * k // 4) for k in range(3, 0, -1)]
    days = [day for k, day in enumerate(days) if (life.n + k) % 3]
    for day in [*days, life.last_on]:
        turn = next(turns)
        channel = list(Channel)[turn % len(Channel)]
        if channel == Channel.CHAT and on - day > CHAT_STAYS and turn % 3:
            channel = Channel.PHONE
        direction = list(Direction)[turn // len(Channel) % len(Direction)]
        if direction == Direction.HELD and channel not in HELD_BY:
            direction = Direction.INBOUND
        if day == life.last_on and direction == Direction.OUTBOUND:
            direction = Direction.INBOUND
        yield _interaction(life, person, works, (channel, direction, day))
    if life.n % 4 == 2 and life.last_on + timedelta(days=30) < on:
        sent = (Channel.EMAIL, Direction.OUTBOUND, life.last_on + timedelta(days=30))
        yield _interaction(life, person, works, sent)


def _interaction(
    life: Life, person: Contact, works: Works, said: tuple[Channel, Direction, date]
) -> Interaction:
    channel, direction, day = said
    return Interaction(
        contact=person,
        engagement=works.get(life.n),
        channel=channel,
        direction=direction,
        occurred_at=_at(day, 9 + life.n % 9),
        summary=SAID[channel][life.is_chinese],
        body=BODIES[life.is_chinese] if life.n % 2 else "",
    )


def _documents(pairs: Pairs, works: Works, *, by: Any) -> None:
    """A letter of every sixteenth person, of the day on which they last wrote."""
    for life, person in pairs:
        if life.n % 16:
            continue
        file = ContentFile(BODIES[life.is_chinese].encode(), name="letter.txt")
        document = Document.objects.create(
            contact=person,
            engagement=works.get(life.n),
            title=DOCUMENTS[life.n // 16 % len(DOCUMENTS)],
            file=file,
            content_type=documents.content_type_of(file),
            size=file.size,
            uploaded_by=by,
        )
        Document.objects.filter(pk=document.pk).update(uploaded_at=_at(life.last_on, 15))


def _web(pairs: Pairs, *, on: date) -> None:
    """Browsers that were linked to people, each way, and one that is nobody's."""
    readers = [person for life, person in pairs if life.n % 9 == 1]
    visitors = Visitor.objects.bulk_create(
        Visitor(first_seen_at=_at(_seen_on(n, 0, on), 10)) for n in range(len(readers) + 1)
    )
    bases = list(LinkBasis)
    VisitorLink.objects.bulk_create(
        VisitorLink(visitor=visitor, contact=person, basis=bases[n % len(bases)])
        for n, (visitor, person) in enumerate(zip(visitors, readers, strict=False))
    )
    WebActivity.objects.bulk_create(
        WebActivity(
            visitor=visitor,
            happened_at=_at(_seen_on(n, k, on), 10 + k),
            # RFC 5737 keeps these addresses for documentation.
            ip_address=f"203.0.113.{n % 256}",
            user_agent="Example/1.0",
            path=PAGES[(n + k) % len(PAGES)],
            search_terms=SEARCHES[(n + k) % len(SEARCHES)],
        )
        for n, visitor in enumerate(visitors)
        for k in range(3)
    )


def _seen_on(n: int, k: int, on: date) -> date:
    """Mostly within 13 months; of some longer ago, so that the night has something to take."""
    return on - timedelta(days=(430 if n % 6 == 5 else 20 + n * 7 % 300) - k)


def _at(day: date, hour: int) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))
