"""Purposes: the policy's own, declared here and stored after each migration (S37, S41 to S73).

A purpose has exactly one basis. What an office decided about a purpose since, switched off or
reviewed, is never overwritten; a declared purpose that is missing comes back.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connections, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy import journal, ledger, protections
from privacy.enums import Basis, Channel, Kind, Nature, Outcome, RecipientClass
from privacy.errors import PrivacyError, TransitionRefused
from privacy.models import Assessment, Purpose
from privacy.protections import Line, Protection

# The purpose against which a “no” to marketing as such is said (Art. 21(2), S73).
MARKETING = "marketing"
# What is agreed to topic by topic (S48).
TOPICS = "topics"

_CONTACT = (Kind.IDENTITY, Kind.CONTACT)
_EVERY = (Channel.EMAIL, Channel.SMS, Channel.PHONE)
_MESSAGES = (Channel.EMAIL, Channel.SMS)


@dataclass(frozen=True, slots=True)
class Declared:
    """One purpose of the policy."""

    key: str
    title_en: str
    title_zh_hant: str
    nature: Nature
    basis: Basis
    clause: str
    kinds: tuple[Kind, ...] = _CONTACT
    channels: tuple[Channel, ...] = ()
    months: int = 0
    statute: str = ""


_LI, _CONSENT, _CONTRACT = Basis.LEGITIMATE_INTERESTS, Basis.CONSENT, Basis.CONTRACT
_IN, _OUT, _SELL = Nature.INTERNAL, Nature.SERVICE, Nature.MARKETING

# The ten rows of the policy's table of legitimate interests, in its order (C1: ten, not eleven).
INTERESTS = (
    Declared("individual-rights", "Individual rights", "個人權利", _IN, _LI, "S64"),
    Declared("suppression", "Suppression", "拒絕名單", _IN, _LI, "S65", (Kind.CONTACT,)),
    Declared(
        "personalisation",
        "Personalisation",
        "個人化服務",
        _IN,
        _LI,
        "S66",
        (Kind.PROFESSIONAL, Kind.DEALING),
        months=24,
    ),
    Declared(
        "monitoring",
        "Monitoring of support",
        "客戶支援監察",
        _IN,
        _LI,
        "S67",
        (Kind.CORRESPONDENCE,),
        months=24,
    ),
    Declared(
        "artificial-intelligence",
        "Routing by artificial intelligence",
        "人工智能分派",
        _IN,
        _LI,
        "S68",
        (Kind.CORRESPONDENCE,),
        months=24,
    ),
    Declared(
        "web-analytics", "Web analytics", "網站分析", _IN, _LI, "S69", (Kind.ONLINE,), months=13
    ),
    Declared(
        "customer-history",
        "Automated processing based on customer history",
        "按客戶紀錄自動處理",
        _IN,
        _LI,
        "S70",
        (Kind.DEALING,),
        months=24,
    ),
    Declared(
        "security",
        "Information, system, network and cyber security",
        "資訊、系統及網絡安全",
        _IN,
        _LI,
        "S62 S71",
        (Kind.SECURITY, Kind.ONLINE),
        months=12,
    ),
    Declared(
        "product-development",
        "Product development and enhancement",
        "產品開發及改良",
        _IN,
        _LI,
        "S72",
        (Kind.DEALING,),
        months=24,
    ),
    Declared(
        MARKETING,
        "Communication, marketing and intelligence",
        "通訊、市場推廣及市場資訊",
        _SELL,
        _LI,
        "S73",
        channels=_EVERY,
        months=24,
    ),
)
SERVICES = (
    Declared(
        "service-messages",
        "Messages about services you asked for",
        "您所要求服務的通知",
        _OUT,
        _CONTRACT,
        "S41",
        channels=_EVERY,
        months=72,
    ),
    Declared(
        "orders",
        "Processing of orders",
        "處理訂單",
        _OUT,
        _CONTRACT,
        "S49 S51",
        (*_CONTACT, Kind.DEALING, Kind.FINANCE),
        _EVERY,
        72,
    ),
    Declared(
        "enquiries",
        "Answers to enquiries",
        "回覆查詢",
        _OUT,
        _CONTRACT,
        "S51 S144",
        (*_CONTACT, Kind.CORRESPONDENCE),
        _EVERY,
        36,
    ),
    Declared(
        "customer-support",
        "Customer support",
        "客戶支援",
        _OUT,
        _CONTRACT,
        "S43",
        (*_CONTACT, Kind.CORRESPONDENCE, Kind.DEALING),
        _EVERY,
        24,
    ),
    Declared(
        "accuracy",
        "Keeping data right",
        "保持資料準確",
        _OUT,
        _LI,
        "S100 S101",
        channels=_MESSAGES,
        months=72,
    ),
    Declared(
        "rights",
        "Answering rights requests and telling of notices",
        "處理權利要求及通知",
        _OUT,
        Basis.LEGAL_OBLIGATION,
        "S121 S129 S141",
        channels=_EVERY,
        months=72,
        statute="GDPR Art. 12 to 22; Cap 486 s.18 to 27",
    ),
    Declared(
        "accounts",
        "Accounts and tax",
        "帳目及稅務",
        _IN,
        Basis.LEGAL_OBLIGATION,
        "S39",
        (Kind.FINANCE,),
        months=84,
        statute="Cap 112 s.51C; Cap 622 s.377",
    ),
    Declared(
        "fraud",
        "Safety, fraud and enforcement of agreements",
        "安全、防止詐騙及執行協議",
        _IN,
        _LI,
        "S45 S62",
        (*_CONTACT, Kind.DEALING),
        months=72,
    ),
    Declared(
        "service-improvement",
        "Improvement of services",
        "改善服務",
        _IN,
        _LI,
        "S44",
        (Kind.ONLINE,),
        months=13,
    ),
    Declared(
        "business-intelligence",
        "Aggregate business intelligence",
        "整體業務分析",
        _IN,
        _LI,
        "S46",
        (Kind.DEALING,),
        months=24,
    ),
    Declared(
        "profiling",
        "Profiles of interests under a pseudonym",
        "以化名建立的興趣資料",
        _IN,
        _LI,
        "S42 S55",
        (Kind.ONLINE,),
        months=13,
    ),
    Declared(
        "interest-advertising",
        "Interest-based advertising",
        "按興趣投放廣告",
        _IN,
        _LI,
        "S53 S80",
        (Kind.ONLINE,),
        months=13,
    ),
)
OFFERS = (
    Declared(
        "promotion",
        "Offers that may interest you",
        "您可能感興趣的優惠",
        _SELL,
        _CONSENT,
        "S41",
        channels=_EVERY,
        months=24,
    ),
    Declared(
        "newsletter",
        "Newsletter and company news",
        "電子通訊及公司消息",
        _SELL,
        _CONSENT,
        "S11 S16 S51",
        channels=(Channel.EMAIL,),
        months=24,
    ),
    Declared(
        TOPICS,
        "Information on topics you chose",
        "您所選主題的資訊",
        _SELL,
        _CONSENT,
        "S48",
        channels=_MESSAGES,
        months=24,
    ),
    Declared(
        "contest",
        "Contests, promotions and surveys",
        "比賽、推廣及問卷調查",
        _SELL,
        _CONSENT,
        "S47",
        channels=_MESSAGES,
        months=12,
    ),
    Declared(
        "similar-services",
        "Services similar to those you bought or enquired about",
        "與您曾購買或查詢者相類的服務",
        _SELL,
        _LI,
        "S50",
        (*_CONTACT, Kind.DEALING),
        _EVERY,
        24,
    ),
    Declared(
        "provision",
        "Giving data to partners for their marketing",
        "將資料提供予合作夥伴作推廣",
        Nature.PROVISION,
        _CONSENT,
        "S33 S56",
        months=24,
    ),
)
DECLARED = (*INTERESTS, *SERVICES, *OFFERS)


# To whom data may go for a purpose (S83 to S86); for any other they stay in the firm.
_SENT_BY = (RecipientClass.PROCESSOR,)
_WORKED_ON_BY = (RecipientClass.PROCESSOR, RecipientClass.SUPPLIER)
RECIPIENTS: Mapping[str, tuple[RecipientClass, ...]] = {
    **{declared.key: _SENT_BY for declared in DECLARED if declared.channels},
    "orders": (*_WORKED_ON_BY, RecipientClass.BANK),
    "customer-support": _WORKED_ON_BY,
    "web-analytics": _SENT_BY,
    "security": _SENT_BY,
    "accounts": (
        RecipientClass.AUDITOR,
        RecipientClass.ADVISER,
        RecipientClass.BANK,
        RecipientClass.AUTHORITY,
    ),
    "fraud": (RecipientClass.ADVISER, RecipientClass.AUTHORITY),
    "provision": (RecipientClass.PARTNER,),
}


def store(using: str = "default", **_kwargs: Any) -> None:
    """Receiver of `post_migrate`: each declared purpose has its row; not on an older schema."""
    if not _is_here(using):
        return
    known = set(Purpose.objects.values_list("key", flat=True))
    Purpose.objects.bulk_create(
        Purpose(
            key=declared.key,
            title_en=declared.title_en,
            title_zh_hant=declared.title_zh_hant,
            nature=declared.nature,
            basis=declared.basis,
            statute=declared.statute,
            channels=[str(channel) for channel in declared.channels],
            kinds=[str(kind) for kind in declared.kinds],
            months=declared.months,
            clause=declared.clause,
        )
        for declared in DECLARED
        if declared.key not in known
    )
    for key, classes in RECIPIENTS.items():
        # Also in an office from before purposes named them.
        named = [str(one) for one in classes]
        Purpose.objects.filter(key=key, recipients=[]).update(recipients=named)


def _is_here(using: str) -> bool:
    """Whether the table has every column that this version knows."""
    connection, table = connections[using], Purpose._meta.db_table
    with connection.cursor() as cursor:
        if table not in connection.introspection.table_names(cursor):
            return False
        found = connection.introspection.get_table_description(cursor, table)
    return {one.column for one in Purpose._meta.local_concrete_fields} <= {c.name for c in found}


@transaction.atomic
def switch_off(purpose: Purpose, *, by: Any) -> Purpose:
    """Stop a purpose from today: interests were found overridden, or nobody needs it (S61)."""
    purpose = Purpose.objects.select_for_update().get(pk=purpose.pk)
    if purpose.off_since:
        raise TransitionRefused(_("This purpose is switched off already."))
    purpose.off_since = timezone.localdate()
    purpose.save(update_fields=["off_since"])
    ledger.record(SWITCHED_OFF, **_switch_of(purpose))
    journal.record("purpose.switch_off", by=by, on=purpose)
    return purpose


@transaction.atomic
def assess(
    purpose: Purpose,
    *,
    interest: str,
    necessity: str,
    impact: str,
    safeguards: str,
    outcome: Outcome,
    review_on: date,
    by: Any,
) -> Assessment:
    """Weigh a legitimate interest against the people concerned; overridden, it is off (S60, S61).

    Refused for any other basis, without one of its four parts, or for a review date that is over.
    What switches off counts at once; what lets a purpose go on waits for a second person. A
    purpose that was switched off is used again by an act of its own alone.
    """
    purpose = Purpose.objects.select_for_update().get(pk=purpose.pk)
    if purpose.basis != Basis.LEGITIMATE_INTERESTS:
        raise TransitionRefused(_("Only legitimate interests are weighed; this basis is another."))
    if not all(part.strip() for part in (interest, necessity, impact, safeguards)):
        raise PrivacyError(_("Say all four: the interest, why it is needed, impact, safeguards."))
    if review_on <= timezone.localdate():
        raise PrivacyError(_("Choose a review date that is still to come."))
    assessment = Assessment(
        purpose=purpose,
        interest=interest,
        necessity=necessity,
        impact=impact,
        safeguards=safeguards,
        outcome=Outcome(outcome),
        assessed_by=by,
        review_on=review_on,
    )
    assessment.full_clean()
    assessment.save()
    if outcome == Outcome.OVERRIDDEN:
        purpose.off_since, purpose.review_on = (
            purpose.off_since or timezone.localdate(),
            review_on,
        )
        purpose.save(update_fields=["review_on", "off_since"])
        ledger.record(SWITCHED_OFF, **_switch_of(purpose))
    journal.record("purpose.assess", by=by, on=purpose, facts={"outcome": str(outcome)})
    return assessment


@transaction.atomic
def approve_assessment(purpose: Purpose, *, by: Any) -> Assessment:
    """Approve the last weighing of a purpose; refused to whoever weighed, and twice (S60)."""
    purpose = Purpose.objects.select_for_update().get(pk=purpose.pk)
    last = purpose.assessments.first()
    if last is None or last.approved_at:
        raise TransitionRefused(_("There is no weighing of this purpose to approve."))
    if last.assessed_by_id == by.pk:
        raise TransitionRefused(_("You weighed these interests; a second person approves it."))
    last.approved_by, last.approved_at = by, timezone.now()
    last.save(update_fields=["approved_by", "approved_at"])
    purpose.review_on = last.review_on
    purpose.save(update_fields=["review_on"])
    journal.record("purpose.approve_assessment", by=by, on=purpose)
    return last


@transaction.atomic
def switch_on(purpose: Purpose, *, review_on: date, by: Any) -> Purpose:
    """Use a purpose again, until somebody looks at it anew on a day to come."""
    purpose = Purpose.objects.select_for_update().get(pk=purpose.pk)
    if not purpose.off_since:
        raise TransitionRefused(_("This purpose is in use already."))
    if review_on <= timezone.localdate():
        raise PrivacyError(_("Choose a review date that is still to come."))
    last = purpose.assessments.first()
    if last is not None and last.outcome == Outcome.OVERRIDDEN:
        raise TransitionRefused(
            _("The interests were found overridden; weigh them anew before you use it again.")
        )
    if last is not None and last.approved_at is None:
        raise TransitionRefused(_("A second person approves the last weighing first."))
    purpose.off_since, purpose.review_on = None, review_on
    purpose.save(update_fields=["off_since", "review_on"])
    ledger.record(SWITCHED_ON, reference=str(uuid.uuid4()), purpose=purpose.key)
    journal.record("purpose.switch_on", by=by, on=purpose, facts={"review": str(review_on)})
    return purpose


def named(key: str | Purpose) -> Purpose:
    """The purpose of this key; PrivacyError where nobody declared it."""
    if isinstance(key, Purpose):
        return key
    purpose = Purpose.objects.filter(key=key).first()
    if purpose is None:
        raise PrivacyError(_("This purpose is not known; choose one from the list of purposes."))
    return purpose


def in_use(*, on: date) -> list[Purpose]:
    """The purposes that are not switched off on this day."""
    return [p for p in Purpose.objects.all() if p.off_since is None or p.off_since > on]


# --- what the ledger carries --------------------------------------------------------------------

SWITCHED_OFF, SWITCHED_ON = "purpose.off", "purpose.on"


def _switch_of(purpose: Purpose) -> dict[str, Any]:
    since = purpose.off_since or timezone.localdate()
    return {"purpose": purpose.key, "since": since.isoformat()}


def told() -> Iterator[tuple[str, Line]]:
    """Each purpose that is switched off, as the ledger's line says it."""
    for purpose in Purpose.objects.filter(off_since__isnull=False).order_by("pk"):
        yield SWITCHED_OFF, _switch_of(purpose)


def lost(lines: Sequence[Line]) -> list[Line]:
    """The purposes that the ledger knows to be off and this database uses.

    One that was switched on again is not: a restore that forgot it leaves it off.
    """
    last = {line["purpose"]: line for line in lines if line["kind"] in {SWITCHED_OFF, SWITCHED_ON}}
    off = {key: line for key, line in last.items() if line["kind"] == SWITCHED_OFF}
    used = Purpose.objects.filter(key__in=off, off_since__isnull=True)
    return [off[key] for key in used.order_by("key").values_list("key", flat=True)]


def bring_back(found: Sequence[Line]) -> int:
    """Switch these off again, since the day on which they were."""
    for line in found:
        Purpose.objects.filter(key=line["purpose"]).update(
            off_since=date.fromisoformat(line["since"])
        )
    return len(found)


protections.register(
    Protection(
        "purposes",
        (SWITCHED_OFF,),
        lost,
        bring_back,
        told,
        ends=(SWITCHED_ON,),
        key="purpose",
        order=6,
    )
)
