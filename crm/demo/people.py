"""The invented people themselves: source, names, points, roles, addresses, demographics."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from django.utils import timezone

from crm import contacts, sources
from crm.contacts import Entry, SourceFacts
from crm.demo import reserved
from crm.demo.firms import FIRMS
from crm.demo.lives import Life
from crm.demo.names import Named
from crm.enums import Channel, Gender, GivenFor, RestrictionKind, RoleKind, SourceType, Usage
from crm.models import (
    Contact,
    ContactPoint,
    Demographics,
    Organisation,
    PostalAddress,
    Role,
    Source,
    Team,
)
from privacy.enums import PointKind
from privacy.folding import fold

TITLES = ("Director", "Buyer", "Engineer", "Partner", "Accountant", "Manager")
CHINESE_TITLES = ("總監", "採購主任", "工程師", "合夥人", "會計師", "經理")
# From where the trade's people came; whoever works here said it themselves.
TRADE_SOURCES = tuple(kind for kind in SourceType if kind != SourceType.BROKER)
DETAILS = {
    SourceType.LINKEDIN: "https://www.example.org/people",
    SourceType.WEBSITE: "https://firm.example.com/team",
    SourceType.CARD: "Invented Fair",
    SourceType.RECOMMENDATION: "said at a meeting",
    SourceType.EMPLOYER: "the firm's own list of contacts",
    SourceType.PARTNER: "Example Partners Ltd",
    SourceType.PUBLIC: "register of companies",
}
CITIES = {"HK": ("香港", "Hong Kong"), "PT": ("Lisboa",) * 2, "DE": ("Berlin",) * 2}
Pairs = Sequence[tuple[Life, Contact]]


def write(lives: Iterable[Life], firms: Sequence[Organisation], *, by: Any) -> Pairs:
    """Everybody, by the door of `crm.contacts`: those of one source on one day at once."""
    pairs: list[tuple[Life, Contact]] = []
    for facts, group in groupby(sorted(lives, key=_order), key=_source):
        some = list(group)
        source = SourceFacts(facts[0], facts[1], DETAILS.get(facts[0], ""), by)
        people = contacts.write(
            [_entry(life) for life in some], source=source, by=by, came_by=Channel.OTHER
        )
        pairs += zip(some, people, strict=True)
    pairs.sort(key=lambda pair: pair[0].n)
    contacts.create_rows(ContactPoint, (row for pair in pairs for row in _points(*pair)), by=by)
    contacts.create_rows(Role, (row for pair in pairs for row in _roles(*pair, firms)), by=by)
    contacts.create_rows(
        PostalAddress, (_address(*pair) for pair in pairs if pair[0].n % 5 < 3), by=by
    )
    contacts.create_rows(
        Demographics, (_demographics(*pair) for pair in pairs if _is_asked(pair[0])), by=by
    )
    recommended = [p.source for _life, p in pairs if p.source.type == SourceType.RECOMMENDATION]
    for source in recommended:
        source.recommender = "a partner of Example Thames Advisers LLP"
    Source.objects.bulk_update(recommended, ["recommender"])
    return pairs


def restrict(pairs: Pairs, *, on: date, by: Any) -> None:
    """What some sources forbid: each kind, until a day or for good."""
    allowed = {
        RestrictionKind.PURPOSE: "enquiries",
        RestrictionKind.CHANNEL: "email",
        RestrictionKind.REGION: "hk",
        RestrictionKind.DISCLOSURE: "",
        RestrictionKind.TERM: "",
    }
    partners = [person for _life, person in pairs if person.source.type == SourceType.PARTNER]
    for n, person in enumerate(partners[:8]):
        kind = list(RestrictionKind)[n % len(RestrictionKind)]
        is_for_good = n % 2 and kind != RestrictionKind.TERM
        until = None if is_for_good else on + timedelta(days=3650)
        sources.restrict(person, kind=kind, allows=allowed[kind], expires_on=until, by=by)


def give(pairs: Pairs, teams: dict[RoleKind, tuple[Any, Team]]) -> None:
    """Whom each person belongs to: an operator, and the team that sees them."""
    people = [person for _life, person in pairs]
    for life, person in pairs:
        person.owner, person.team = teams[life.group.kind]
    Contact.objects.bulk_update(people, ["owner", "team"], batch_size=500)


def _half_year(day: date) -> date:
    return date(day.year, 1 if day.month < 7 else 7, 1)


def _source(life: Life) -> tuple[SourceType, date]:
    """Of one half-year all trade came from one source: a fair, a list, a campaign."""
    begun = _half_year(life.met_on)
    if life.works_here:
        return SourceType.PERSON, begun
    turn = begun.year * 2 + begun.month // 7
    return TRADE_SOURCES[turn % len(TRADE_SOURCES)], begun


def _order(life: Life) -> tuple[str, date, int]:
    return *_source(life), life.n


def _entry(life: Life) -> Entry:
    return Entry(names=life.named.names, language=life.named.language, country=life.named.country)


def word(named: Named) -> str:
    """What stands before the number in a person's addresses."""
    name = named.names
    plain = fold(name.latin_given_name or "person").split(maxsplit=1)[0]
    return plain if plain.isascii() and plain.isalpha() else "person"


def _points(life: Life, person: Contact) -> Iterable[ContactPoint]:
    n, country, channels = life.n, life.named.country, list(Channel)
    seen = _noon(life.last_on)
    came_by = channels[n % len(channels)]
    yield ContactPoint(
        contact=person,
        kind=PointKind.EMAIL,
        value=reserved.mailbox(word(life.named), n),
        usage=Usage.CORPORATE if n % 6 else Usage.UNKNOWN,
        came_by=came_by,
        is_preferred=True,
        verified_at=seen if n % 3 else None,
        bounced_at=seen if n % 11 == 7 else None,
    )
    if n % 4 == 1:
        yield ContactPoint(
            contact=person,
            kind=PointKind.EMAIL,
            value=reserved.mailbox(word(life.named), n, private=True),
            usage=Usage.PRIVATE,
            came_by=came_by,
            given_for=GivenFor.ORDER if n % 3 == 1 else "",
            bounced_at=seen if n % 22 == 7 else None,
        )
    if n % 8 != 3:
        yield ContactPoint(
            contact=person,
            kind=PointKind.PHONE,
            value=reserved.telephone(n, country),
            usage=list(Usage)[n % len(Usage)],
            came_by=channels[(n + 3) % len(channels)],
            verified_at=seen if n % 5 == 0 else None,
        )
    if n % 6 == 2:
        yield ContactPoint(
            contact=person,
            kind=PointKind.LINK,
            value=reserved.profile(word(life.named), n),
            came_by=Channel.OTHER,
            retrieved_on=life.met_on,
        )


def _roles(life: Life, person: Contact, firms: Sequence[Organisation]) -> Iterable[Role]:
    firm = None if life.works_here else firm_of(life, firms)
    titles = CHINESE_TITLES if life.is_chinese else TITLES
    kind, before = life.group.kind, life.met_on - timedelta(days=60)
    yield Role(
        contact=person,
        kind=kind,
        organisation=firm,
        job_title=titles[life.n * 5 % len(titles)] if life.n % 7 else "",
        started_on=life.met_on,
        ended_on=life.role_ended_on,
    )
    # Several roles in one person: whoever works here once applied, and clients were prospects.
    earlier = {
        RoleKind.EMPLOYEE: RoleKind.APPLICANT,
        RoleKind.TEMPORARY: RoleKind.APPLICANT,
        RoleKind.CLIENT: RoleKind.PROSPECT,
    }.get(kind)
    if earlier and life.place % 3 == 0:
        yield Role(
            contact=person,
            kind=earlier,
            organisation=firm,
            started_on=before,
            ended_on=life.met_on,
        )
    if kind == RoleKind.SUPPLIER and life.place % 9 == 8:
        yield Role(contact=person, kind=RoleKind.CLIENT, organisation=firm, started_on=before)
    if kind == RoleKind.CONSULTANT and life.place % 5 == 0:
        yield Role(contact=person, kind=RoleKind.SUPPLIER, started_on=before, ended_on=life.met_on)


def firm_of(life: Life, firms: Sequence[Organisation]) -> Organisation | None:
    """Where work is open, all who act for the firm are kept: the others act for other firms."""
    if life.n % 9 == 4:
        return None
    half = len(FIRMS) // 2
    return firms[life.n * 5 % half + (0 if life.is_open else half)]


def _address(life: Life, person: Contact) -> PostalAddress:
    country = life.named.country
    city = CITIES.get(country, ("", ""))[0 if life.is_chinese else 1]
    lines = f"示例街{life.n}號" if life.is_chinese else f"{life.n} Example Street"
    return PostalAddress(contact=person, lines=lines, city=city, country=country)


def _is_asked(life: Life) -> bool:
    """Of whoever works here, and of some clients who said it."""
    return life.works_here or (life.group.kind == RoleKind.CLIENT and life.n % 6 == 0)


def _demographics(life: Life, person: Contact) -> Demographics:
    n = life.n
    declined = n % 8 == 5
    born = date(1956 + n * 7 % 46, 1 + n % 12, 1 + n * 5 % 28)
    return Demographics(
        contact=person,
        gender=list(Gender)[n % len(Gender)],
        date_of_birth=None if declined else born,
        date_of_birth_declined=declined,
    )


def _noon(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(12)))
