"""The gate: may we use this person, for this purpose, on this channel, today, and why (not)?

One question for one person and for sets, the same code; whatever sends, exports or calls asks it.
The answer comes from a restriction of processing, which stops every purpose, the purpose itself,
the notice, age, what the source forbids, the suppression file, what the person said, and, where a
law asks for consent to marketing, from that. A “no” to marketing never stops service (S41).
Interests that nobody weighed, or not lately, carry nothing; a person's own yes does (S56). One
person may stand in several records, and one mailbox be several people's: what was refused under
any record at an address is not sent to that address on the strength of an older “yes” of another.
Serves Art. 6, 7, 18(2) and 21 GDPR, s.35C to 35L PDPO, Cap 593, policy S16, S30, S36 to S41, S50,
S53, S54, S56, S60. What was agreed with one company of the group is not agreed with another (S2).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy import (
    consent,
    notices,
    objections,
    parties,
    purposes,
    removals,
    restriction,
    subjects,
    suppression,
    weighing,
)
from privacy.consent import Standing
from privacy.consent.events import REACHES
from privacy.consent.standing import RANK
from privacy.enums import (
    YESES,
    Basis,
    Channel,
    ConsentState,
    Kind,
    Nature,
    Need,
    Verdict,
)
from privacy.errors import PrivacyError
from privacy.models import LegalEntity, Purpose
from privacy.points import Point, normal_forms

# People whose facts are asked for at once.
CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Rule:
    """When the law asks for consent to marketing: one regime, some channels, from a day on."""

    regime: str
    channels: tuple[Channel, ...]
    need: Need
    since: date
    citation: str


# Every regime of a person is asked; the strictest answer counts. A regime without a row asks for
# nothing but the right to object.
RULES = (
    Rule("HK_PDPO", tuple(Channel), Need.CONSENT, date(2013, 4, 1), "Cap 486 s.35E"),
    Rule(
        "EU_GDPR",
        (Channel.EMAIL, Channel.SMS),
        Need.SOFT_OPT_IN,
        date(2003, 10, 31),
        "Directive 2002/58 Art. 13(1), (2)",
    ),
    Rule(
        "UK_GDPR",
        (Channel.EMAIL, Channel.SMS),
        Need.SOFT_OPT_IN,
        date(2003, 12, 11),
        "PECR 2003 reg. 22",
    ),
)
# The purpose that lives on an earlier dealing (S50).
SIMILAR = "similar-services"
# What a person asked for is answered without an engagement too: steps at their request before a
# contract (Art. 6(1)(b)), for as long as the purpose lasts.
ASKED_FOR = frozenset({"enquiries", "customer-support"})
# What an address serves that was given for an order or enquiry: the order and answers, and what a
# law makes us say (S49, S51). Anything else needs consent for this very address.
ORDER_BASES = (Basis.CONTRACT, Basis.LEGAL_OBLIGATION)
# Kinds of data that no purpose of this nature, or of this key, may touch (S53, S54; C14).
FORBIDDEN: Mapping[str, frozenset[Kind]] = {
    Nature.MARKETING: frozenset({Kind.CORRESPONDENCE, Kind.DOCUMENT, Kind.FINANCE}),
    Nature.PROVISION: frozenset({Kind.CORRESPONDENCE, Kind.DOCUMENT, Kind.FINANCE, Kind.ONLINE}),
    "profiling": frozenset({Kind.IDENTITY, Kind.CONTACT, Kind.FINANCE, Kind.CORRESPONDENCE}),
    "interest-advertising": frozenset(
        {Kind.IDENTITY, Kind.CONTACT, Kind.CORRESPONDENCE, Kind.DOCUMENT}
    ),
    "web-analytics": frozenset({Kind.IDENTITY, Kind.CONTACT}),
}
# What a person's own “no” is called in an answer.
SAID = {
    ConsentState.REFUSED: Verdict.REFUSED,
    ConsentState.WITHDRAWN: Verdict.WITHDRAWN,
    ConsentState.OBJECTED: Verdict.OBJECTED,
    ConsentState.AWAITING: Verdict.UNCONFIRMED,
    ConsentState.LAPSED: Verdict.UNCONFIRMED,
    ConsentState.EXPIRED: Verdict.EXPIRED,
    ConsentState.LEGACY: Verdict.LEGACY,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """Yes or no, the one reason that decided, and at which of the person's addresses."""

    verdict: Verdict
    points: tuple[Point, ...] = ()

    @property
    def is_yes(self) -> bool:
        return self.verdict in YESES

    @property
    def why(self) -> str:
        return str(self.verdict.label)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of everybody in a set."""

    purpose: Purpose
    channel: str
    on: date
    topic: str
    uses: frozenset[str]
    is_notified: bool
    # Each company for which the answer must be yes; none where the firm has but one.
    companies: tuple[LegalEntity, ...] = ()
    # Data go to somebody else: a source may forbid just that (S30).
    is_onward: bool = False
    # For legal claims and the protection of others, also of whom is restricted (Art. 18(2)).
    is_for_claims: bool = False
    # Whether the interests on which the purpose rests, if it does, were weighed (S60).
    is_weighed: bool = False


def may(subject: Any, *, purpose: Purpose | str, channel: str = "", **asked: Any) -> Answer:
    """The answer for one person: the same code as for a set."""
    return ask([subject.pk], purpose=purpose, channel=channel, **asked)[subject.pk]


def ask(
    subject_pks: Collection[int],
    *,
    purpose: Purpose | str,
    channel: str = "",
    on: date | None = None,
    topic: str = "",
    addresses: Mapping[int, Point] | None = None,
    uses: Iterable[str] = (),
    entity: LegalEntity | None = None,
) -> dict[int, Answer]:
    """An answer for each of these people, in a number of queries that grows with chunks alone.

    `addresses` names the one address that would be used; without it any of the person's. `uses`
    are the kinds of data by which people were chosen. `entity` is the company that would use them;
    where the firm has several and none is named, a consent counts that each of them has.
    """
    purpose = purposes.named(purpose)
    if bool(channel) != bool(purpose.channels) or (channel and channel not in purpose.channels):
        raise PrivacyError(_("This purpose does not use this channel; choose one of its own."))
    if not set(uses) <= set(Kind.values):
        raise PrivacyError(_("This kind of data is not known; name those of the inventory."))
    on = on or timezone.localdate()
    question = Question(
        purpose,
        channel,
        on,
        topic,
        frozenset(uses),
        not purpose.is_marketing or notices.in_force(on=on) is not None,
        _asking(entity),
        is_weighed=_is_weighed(purpose, on),
    )
    wanted = sorted(set(subject_pks))
    answers: dict[int, Answer] = {}
    for first in range(0, len(wanted), CHUNK):
        answers |= _ask(wanted[first : first + CHUNK], question, addresses or {})
    return answers


def _ask(
    pks: Sequence[int], question: Question, addresses: Mapping[int, Point]
) -> dict[int, Answer]:
    people = subjects.root_model()._base_manager.filter(pk__in=pks, disposed_at__isnull=True)
    living = set(people.values_list("pk", flat=True))
    facts = subjects.adapter().facts(living)
    restricted = {} if question.is_for_claims else restriction.restricted(living)
    minors = removals.waiting(living)
    said = _said(living, question)
    points = _points(living, question, addresses)
    closed = _closed(living, question, said)
    answers = {}
    for pk in pks:
        if pk not in living:
            answers[pk] = Answer(Verdict.GONE)
            continue
        if pk in restricted:
            answers[pk] = Answer(Verdict.RESTRICTED)
            continue
        if pk in minors:
            answers[pk] = Answer(Verdict.UNDER_AGE)
            continue
        verdict = decide(question, facts[pk], said[pk])
        answers[pk] = _with_points(
            question,
            verdict,
            said[pk],
            points[pk],
            addresses.get(pk),
            facts[pk],
            closed.get(pk, frozenset()),
        )
    return answers


def ask_to_pass_on(
    subject_pks: Collection[int],
    *,
    purpose: Purpose | str,
    uses: Iterable[str],
    on: date,
    is_for_claims: bool = False,
) -> dict[int, Answer]:
    """Whether data of each of these people may be given to somebody else for a purpose (S30, S88).

    No message is sent, so that neither channel nor address is asked about; a source that forbids
    disclosure answers no. Whoever passes on for another's marketing asks `ask` instead.
    """
    purpose = purposes.named(purpose)
    question = Question(
        purpose,
        channel="",
        on=on,
        topic="",
        uses=frozenset(uses),
        is_notified=True,
        is_onward=True,
        is_for_claims=is_for_claims,
        is_weighed=_is_weighed(purpose, on),
    )
    wanted = sorted(set(subject_pks))
    answers: dict[int, Answer] = {}
    for first in range(0, len(wanted), CHUNK):
        answers |= _ask(wanted[first : first + CHUNK], question, {})
    return answers


def _is_weighed(purpose: Purpose, on: date) -> bool:
    """Asked once for everybody; on another basis there is nothing to weigh."""
    return purpose.basis == Basis.LEGITIMATE_INTERESTS and weighing.is_weighed(purpose, on=on)


def _asking(entity: LegalEntity | None) -> tuple[LegalEntity, ...]:
    companies = parties.companies()
    if len(companies) < 2:
        return ()
    return (entity,) if entity else tuple(companies)


def _said(living: Collection[int], question: Question) -> dict[int, Standing]:
    """Where these people stand towards whoever asks; of several companies the strictest."""
    answers = [
        consent.state(
            living,
            question.purpose,
            question.channel,
            on=question.on,
            topic=question.topic,
            entity=entity,
        )
        for entity in question.companies or (None,)
    ]
    found = {
        pk: max(
            (answer[pk] for answer in answers),
            key=lambda said: (not said.is_usable, RANK.index(said.state)),
        )
        for pk in living
    }
    purpose = question.purpose
    if purpose.basis != Basis.LEGITIMATE_INTERESTS or purpose.is_marketing:
        return found
    # An objection that was weighed, overridden and answered rests no purpose any more (S63).
    objectors = [pk for pk, said in found.items() if said.state is ConsentState.OBJECTED]
    for pk, told in objections.overridden(objectors, purpose, on=question.on).items():
        told_at, told_after = told
        said = found[pk]
        was_before = said.since is not None and said.since < told_at
        if was_before if told_after is None else said.number <= told_after:
            found[pk] = Standing()
    return found


def decide(question: Question, facts: Any, said: Standing) -> Verdict:
    """What the purpose, the person's facts and their words say; addresses come after it."""
    purpose, on = question.purpose, question.on
    forbidden = (FORBIDDEN.get(name, frozenset()) for name in (purpose.nature, purpose.key))
    by_law = purpose.basis == Basis.LEGAL_OBLIGATION
    # The first that is so is the reason.
    obstacles = {
        Verdict.SWITCHED_OFF: purpose.off_since is not None and purpose.off_since <= on,
        Verdict.COMBINATION: bool(question.uses & frozenset().union(*forbidden)),
        Verdict.UNDER_AGE: facts.is_under_age,
        Verdict.SOURCE: not by_law and _source_forbids(question, facts),
        Verdict.UNREVIEWED: purpose.is_marketing and facts.is_unreviewed,
        Verdict.NOT_NOTIFIED: not question.is_notified,
    }
    for verdict, is_so in obstacles.items():
        if is_so:
            return verdict
    match purpose.basis:
        case Basis.CONSENT:
            return Verdict.BY_CONSENT if said.is_usable else _unsaid(said, Verdict.NO_CONSENT)
        case Basis.CONTRACT:
            return Verdict.BY_CONTRACT if _is_engaged(question, facts) else Verdict.NO_DEALING
        case Basis.LEGAL_OBLIGATION:
            return Verdict.BY_LAW
    return _on_interests(question, facts, said)


def _on_interests(question: Question, facts: Any, said: Standing) -> Verdict:
    """Interests carry a use that nobody objected to, once they were weighed (S56, S60, S63)."""
    # An objection gives way to claims (Art. 21(1)), and interests that nobody weighed do not.
    if said.is_no and (question.is_weighed or not question.is_for_claims):
        return SAID[said.state]
    if question.purpose.is_marketing:
        return _marketing(question, facts, said)
    if question.is_weighed:
        return Verdict.BY_INTERESTS
    return Verdict.BY_CONSENT if said.is_usable else Verdict.UNWEIGHED


def _is_engaged(question: Question, facts: Any) -> bool:
    """A contract carries its purposes while it is open, and no day longer (S38)."""
    return facts.is_engaged or (
        question.purpose.key in ASKED_FOR and _dealt_lately(question, facts)
    )


def _dealt_lately(question: Question, facts: Any) -> bool:
    """Whether the person's last dealing lies within the period of the purpose."""
    period = relativedelta(months=question.purpose.months)
    return facts.dealt_on is not None and question.on < facts.dealt_on + period


def _marketing(question: Question, facts: Any, said: Standing) -> Verdict:
    """Marketing on legitimate interests may need consent all the same (S40, S50)."""
    purpose, on = question.purpose, question.on
    is_similar = purpose.key == SIMILAR
    if is_similar and not _dealt_lately(question, facts):
        return Verdict.NO_DEALING
    if said.is_usable:
        return Verdict.BY_CONSENT
    if not question.is_weighed:
        return Verdict.UNWEIGHED
    need = needed(facts.regimes, question.channel, on=on)
    if need is Need.SOFT_OPT_IN and is_similar:
        return Verdict.BY_SOFT_OPT_IN
    if need is Need.NOTHING:
        return Verdict.BY_INTERESTS
    return _unsaid(said, Verdict.CONSENT_NEEDED)


def needed(regimes: Iterable[str], channel: str, *, on: date) -> Need:
    """What the strictest of these regimes asks for before marketing on this channel."""
    asked = {
        rule.need
        for rule in RULES
        if rule.regime in set(regimes) and channel in rule.channels and rule.since <= on
    }
    return next((need for need in (Need.CONSENT, Need.SOFT_OPT_IN) if need in asked), Need.NOTHING)


def _unsaid(said: Standing, otherwise: Verdict) -> Verdict:
    return SAID.get(said.state, otherwise)


def _source_forbids(question: Question, facts: Any) -> bool:
    """Whether the source of the data allows another purpose, channel or region alone (S30)."""
    is_onward = question.is_onward or question.purpose.nature == Nature.PROVISION
    allowed = {
        "purpose": {question.purpose.key},
        "channel": {question.channel} if question.channel else None,
        "region": {facts.country.lower(), *(str(regime).lower() for regime in facts.regimes)},
        "disclosure": set() if is_onward else None,
    }
    for limit in facts.limits:
        if limit.kind == "term":
            # What a broker licensed may not be used beyond its last day (S31).
            if limit.until is not None and limit.until < question.on:
                return True
            continue
        if limit.until is not None and limit.until < question.on:
            continue
        fits = allowed[limit.kind]
        if fits is not None and limit.allows.lower() not in fits:
            return True
    return False


def _points(
    living: Collection[int], question: Question, addresses: Mapping[int, Point]
) -> dict[int, list[tuple[Point, bool]]]:
    """The points of these people that the channel reaches, and whether each is suppressed."""
    if not question.channel:
        return {pk: [] for pk in living}
    kind = REACHES[Channel(question.channel)]
    found = suppression.points_about(living)
    pairs = [(pk, point) for pk in living for point in found[pk] if point.kind == kind]
    points = [point for _pk, point in pairs]
    if question.purpose.is_marketing:
        hits = suppression.marketing_refused(points, Channel(question.channel))
    else:
        hits = suppression.refused(points)
    answer: dict[int, list[tuple[Point, bool]]] = {pk: [] for pk in living}
    for (pk, point), hit in zip(pairs, hits, strict=True):
        answer[pk].append((point, hit))
    return answer


def _closed(
    living: Collection[int], question: Question, said: Mapping[int, Standing]
) -> dict[int, frozenset[str]]:
    """The addresses at which somebody else said no after whatever these people agreed to."""
    purpose = question.purpose
    if not question.channel or not (purpose.is_marketing or purpose.basis == Basis.CONSENT):
        return {}
    shared = subjects.adapter().sharing(living, REACHES[Channel(question.channel)])
    if not shared:
        return {}
    others = {one for forms in shared.values() for them in forms.values() for one in them}
    heard = _said(others - set(living), question) | {pk: said[pk] for pk in others & set(living)}
    noes = {pk: one.number for pk, one in heard.items() if one.is_no}
    found: dict[int, frozenset[str]] = {}
    for pk, forms in shared.items():
        yes = said[pk].number if said[pk].is_usable else 0
        found[pk] = frozenset(
            form for form, them in forms.items() if any(noes.get(one, 0) > yes for one in them)
        )
    return found


def _with_points(  # noqa: PLR0911, PLR0917 - one answer, with everything that narrows it
    question: Question,
    verdict: Verdict,
    said: Standing,
    points: Sequence[tuple[Point, bool]],
    wanted: Point | None,
    facts: Any,
    closed: frozenset[str],
) -> Answer:
    """A yes stays one only with an address that is theirs, meant, free for it, not suppressed."""
    if verdict not in YESES or not question.channel:
        return Answer(verdict)
    if wanted is not None:
        forms = set(normal_forms(wanted))
        points = [(point, hit) for point, hit in points if forms & set(normal_forms(point))]
    if not points:
        return Answer(Verdict.NO_ADDRESS)
    points = [(point, hit) for point, hit in points if point not in facts.bounced_points]
    if not points:
        return Answer(Verdict.BOUNCED)
    if verdict is Verdict.BY_CONSENT and said.address_digest:
        points = [
            (point, hit)
            for point, hit in points
            if said.address_digest in suppression.locks(point)
        ]
        if not points:
            return Answer(Verdict.ADDRESS_LOCKED)
    if question.purpose.basis not in ORDER_BASES:
        points = [
            (point, hit)
            for point, hit in points
            if point not in facts.order_points or said.address_digest in suppression.locks(point)
        ]
        if not points:
            return Answer(Verdict.ORDER_ONLY)
    points = [(point, hit) for point, hit in points if not closed & set(normal_forms(point))]
    if not points:
        return Answer(Verdict.SHARED_NO)
    free = tuple(point for point, hit in points if not hit)
    return Answer(verdict, free) if free else Answer(Verdict.SUPPRESSED)
