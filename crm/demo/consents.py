"""What the invented people said about marketing: every state, by every method; two notices."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from crm.demo.people import Pairs
from crm.models import Contact
from privacy import consent, notices
from privacy.changes import Changes
from privacy.enums import Channel, ConsentKind, ConsentMethod, Extent

ENGLISH = "An invented notice: we tell you who we are, why we use your data, and for how long."
CHINESE = "虛構通知:我們告訴您我們是誰、為何使用您的資料,以及保存多久。"
QUESTION = {
    "en": "May we send you our newsletter? You can say no at any time.",
    "zh-hant": "我們可以向您發送通訊嗎?您可隨時拒絕。",
}
# The newer notice came so long ago.
NEWER = timedelta(days=500)
BEFORE_GDPR = date(2018, 4, 3)
ASKED = (
    ("newsletter", Channel.EMAIL),
    ("promotion", Channel.EMAIL),
    ("topics", Channel.SMS),
    ("promotion", Channel.PHONE),
    ("contest", Channel.EMAIL),
    ("promotion", Channel.SMS),
)
GIVING = (ConsentMethod.ONLINE, ConsentMethod.EMAIL, ConsentMethod.PAPER)


@dataclass(frozen=True, slots=True)
class Desk:
    """Who writes down what people say, on which day, with which words."""

    on: date
    by: Any
    wordings: dict[str, Any]

    def at(self, days_ago: int) -> datetime:
        return _noon(self.on - timedelta(days=days_ago))

    def proof(self, person: Contact, at: datetime) -> dict[str, Any]:
        """What a consent is refused without."""
        language = person.language or "en"
        return {
            "wording": self.wordings[language],
            "notice": notices.in_force(on=timezone.localdate(at)),
            "evidence": "form 12, invented",
            "by": self.by,
            "at": at,
        }

    def give(
        self,
        person: Contact,
        at: datetime,
        *,
        asked: tuple[str, str] = ASKED[0],
        method: ConsentMethod = ConsentMethod.ONLINE,
        **more: Any,
    ) -> None:
        purpose, channel = asked
        proof = self.proof(person, at)
        consent.record(person, purpose=purpose, channel=channel, method=method, **proof, **more)


def write(pairs: Pairs, *, on: date, officers: Sequence[Any], by: Any) -> None:
    """The notices, then one person after the other through the doors of the consent ledger."""
    _notices(on, officers)
    desk = Desk(
        on, by, {la: notices.wording("demo", language=la, text=QUESTION[la]) for la in QUESTION}
    )
    # A "yes" restarts a clock: it is said on the day on which they came, or while work is open.
    known = [pair for pair in pairs if pair[0].met_on > on - timedelta(days=900)]
    for n, (life, person) in enumerate(known[::5]):
        desk.give(
            person,
            _noon(life.met_on),
            asked=ASKED[n % len(ASKED)],
            method=GIVING[n % len(GIVING)],
            topic="tax" if n % 12 == 2 else "",
        )
    working = [person for life, person in pairs if life.is_open]
    # Whoever says no says so last: a “yes” of before it would not count.
    told = sorted(enumerate(STORIES * 2), key=lambda one: NOES.get(one[1], 0))
    for n, story in told:
        story(desk, working[n % len(working)])
    quiet = [person.pk for life, person in pairs if not life.is_open and life.n % 13 == 6]
    consent.refuse(quiet, method=ConsentMethod.IMPORT, by=by, at=desk.at(300))


def _notices(on: date, officers: Sequence[Any]) -> None:
    one, two = officers
    for version, days in (("demo 1", timedelta(days=3650)), ("demo 2", NEWER)):
        notice = notices.propose(
            version=version,
            text_en=f"{ENGLISH} ({version})",
            text_zh_hant=f"{CHINESE} ({version})",
            effective_from=on - days,
            changed=Changes(Extent.WORDING) if days == NEWER else None,
            by=one,
        )
        notices.approve(notice, by=two)


def _confirmed(desk: Desk, person: Contact) -> None:
    _oral(desk, person, days_ago=60)
    consent.record(
        person,
        purpose="promotion",
        channel=Channel.PHONE,
        kind=ConsentKind.CONFIRMED,
        method=ConsentMethod.EMAIL,
        by=desk.by,
        at=desk.at(55),
        evidence="letter 12, invented",
    )


def _awaiting(desk: Desk, person: Contact) -> None:
    _oral(desk, person, days_ago=5)


def _lapsed(desk: Desk, person: Contact) -> None:
    _oral(desk, person, days_ago=40)


def _oral(desk: Desk, person: Contact, *, days_ago: int) -> None:
    asked = ("promotion", Channel.PHONE)
    desk.give(person, desk.at(days_ago), asked=asked, method=ConsentMethod.ORAL)


def _expired(desk: Desk, person: Contact) -> None:
    desk.give(person, desk.at(700), valid_until=desk.on - timedelta(days=200))


def _legacy(desk: Desk, person: Contact) -> None:
    consent.record(
        person,
        purpose="newsletter",
        channel=Channel.EMAIL,
        method=ConsentMethod.PAPER,
        by=desk.by,
        at=_noon(BEFORE_GDPR),
    )


def _not_answered(desk: Desk, person: Contact) -> None:
    consent.record(
        person,
        purpose="newsletter",
        channel=Channel.EMAIL,
        kind=ConsentKind.NOT_ANSWERED,
        method=ConsentMethod.ONLINE,
        by=desk.by,
        at=desk.at(90),
    )


def _refused(desk: Desk, person: Contact) -> None:
    sms, at = [Channel.SMS], desk.at(30)
    consent.refuse([person.pk], method=ConsentMethod.SMS, by=desk.by, channels=sms, at=at)


def _withdrawn(desk: Desk, person: Contact) -> None:
    desk.give(person, desk.at(400))
    consent.withdraw(
        person,
        method=ConsentMethod.EMAIL,
        by=desk.by,
        purpose="newsletter",
        channels=[Channel.EMAIL],
        at=desk.at(20),
    )


def _objected(desk: Desk, person: Contact) -> None:
    consent.object_to(person, method=ConsentMethod.EMAIL, by=desk.by, at=desk.at(15))


def _objected_to_statistics(desk: Desk, person: Contact) -> None:
    consent.object_to(
        person, method=ConsentMethod.PAPER, by=desk.by, purpose="web-analytics", at=desk.at(25)
    )


def _passed_on(desk: Desk, person: Contact) -> None:
    more = {"recipients": "organisers of invented fairs", "for_gain": False}
    asked = ("provision", "")
    desk.give(person, desk.at(200), asked=asked, method=ConsentMethod.PAPER, **more)


STORIES: tuple[Callable[[Desk, Contact], None], ...] = (
    _confirmed,
    _awaiting,
    _lapsed,
    _expired,
    _legacy,
    _not_answered,
    _refused,
    _withdrawn,
    _objected,
    _objected_to_statistics,
    _passed_on,
)


NOES = {_withdrawn: 1, _refused: 2, _objected: 2, _objected_to_statistics: 2}


def _noon(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(12)))
