"""Candidates: which two records may be one person's (Art. 5(1)(d), s.26).

Two records are compared only when something joins them: a point in its normal form, or a name in
one script together with an organisation. A name alone is never identity. Names meet across
scripts only where a person carries both, since each script has a key of its own. The search runs
over sorted rows and small groups, so that its memory does not grow with the square of the people;
RapidFuzz grades how alike the names are. A pair holds numbers and codes, and what was decided
about it is remembered.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from itertools import combinations, groupby, islice
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from rapidfuzz import fuzz

from crm.enums import PairReason, PairState
from crm.errors import MergeRefused
from crm.models import Contact, ContactPoint, DuplicatePair, Role
from crm.names import name_key
from crm.sight import seen_by
from privacy import journal, restriction
from privacy.folding import fold

# A point that more people share is a switchboard's or a family's: no evidence of identity.
MOST_SHARING = 8
# More bearers of one name than this are told apart by their points alone.
MOST_NAMESAKES = 200
BATCH = 1_000
LEAST = 50
# What each reason counts; how alike the names are counts up to forty.
WEIGHTS = {
    PairReason.EMAIL: 50,
    PairReason.LINK: 50,
    PairReason.PHONE: 35,
    PairReason.ORGANISATION: 20,
}
NAME_WEIGHT = 40
SAME_NAME = 90

Pair = tuple[int, int]
Reasons = dict[Pair, set[str]]


def refresh(person: Contact | None = None) -> int:
    """Look for pairs anew, of everybody or of one person; returns how many stand in the queue.

    What was decided stays decided. An undecided pair that nothing joins any more goes, and so
    does every pair of which one was disposed of or merged away.
    """
    began = timezone.now()
    pks = None if person is None else [person.pk]
    reasons = _by_points(pks)
    for pair, found in _by_names(pks).items():
        reasons[pair] |= found
    remaining = iter(reasons.items())
    while part := dict(islice(remaining, BATCH)):
        _store(part)
    stale = DuplicatePair.objects.filter(state=PairState.OPEN, found_at__lt=began)
    if pks is not None:
        stale = stale.filter(Q(first__in=pks) | Q(second__in=pks))
    stale.delete()
    DuplicatePair.objects.filter(
        Q(first__disposed_at__isnull=False) | Q(second__disposed_at__isnull=False)
    ).delete()
    return waiting().count()


def waiting() -> QuerySet:
    """The pairs of two living people about whom nobody has decided."""
    living = {"first__disposed_at": None, "second__disposed_at": None}
    pairs = DuplicatePair.objects.filter(**living).exclude(state=PairState.DISTINCT)
    return pairs.exclude(restriction.of_row("first")).exclude(restriction.of_row("second"))


def pair_up(one: Contact, other: Contact, *, by: Any) -> DuplicatePair:
    """Put two people side by side whom somebody takes for one; a pair that was found is that pair.

    Undecided, it goes with the next night's search unless something joins the two.
    """
    first, second = sorted((one, other), key=lambda person: person.pk)
    with transaction.atomic():
        people = Contact.objects.usable().filter(pk__in=[first.pk, second.pk])
        if seen_by(by, people).count() < 2:
            raise MergeRefused(_("Choose two people whom you see; nothing was put side by side."))
        alike = likeness(first, second)
        pair, is_new = DuplicatePair.objects.get_or_create(
            first=first,
            second=second,
            defaults={"score": _score([], alike), "reasons": PairReason.HAND},
        )
        if is_new:
            journal.record("duplicate.pair", by=by, on=pair)
    return pair


def decide(pair: DuplicatePair, state: PairState, *, by: Any) -> DuplicatePair:
    """Write down that these are two people, or that somebody decides later."""
    with transaction.atomic():
        found = DuplicatePair.objects.select_for_update().filter(pk=pair.pk).first()
        if found is None:
            raise MergeRefused(_("This pair is gone; one of the two was merged or disposed of."))
        found.state, found.decided_by = state, by
        found.save(update_fields=["state", "decided_by"])
        journal.record("duplicate.decide", by=by, on=found, facts={"state": str(state)})
    return found


def reasons_of(pair: DuplicatePair) -> list[str]:
    """The reasons of a pair in words."""
    return [str(PairReason(code).label) for code in pair.reasons.split()]


def _by_points(pks: Collection[int] | None) -> Reasons:
    points = ContactPoint.objects.filter(contact__disposed_at__isnull=True)
    if pks is not None:
        forms = ContactPoint.objects.filter(contact__in=pks).values("normal_form")
        points = points.filter(normal_form__in=forms)
    rows = (
        points.exclude(normal_form="")
        .order_by("kind", "normal_form", "contact")
        .values_list("kind", "normal_form", "contact")
        .iterator(chunk_size=5_000)
    )
    found: Reasons = defaultdict(set)
    for (kind, _form), group in groupby(rows, key=lambda row: row[:2]):
        people = [contact for _kind, _form, contact in islice(group, MOST_SHARING + 1)]
        if len(people) <= MOST_SHARING:
            for pair in combinations(people, 2):
                if pks is None or set(pair) & set(pks):
                    found[pair].add(str(kind))
    return found


def _by_names(pks: Collection[int] | None) -> Reasons:
    """People of one name in one script who act, or acted, for one organisation."""
    bearers: dict[str, list[int]] = defaultdict(list)
    wanted = None
    if pks is not None:
        wanted = {key for _pk, key in _keys(Contact.objects.filter(pk__in=pks))}
    people = Contact.objects.living()
    for pk, key in _keys(people):
        if wanted is None or key in wanted:
            bearers[key].append(pk)
    shared = {pk for group in bearers.values() if len(group) > 1 for pk in group}
    firms = _firms(shared)
    found: Reasons = defaultdict(set)
    for group in bearers.values():
        if 1 < len(group) <= MOST_NAMESAKES:
            for pair in combinations(sorted(group), 2):
                mine = pks is None or set(pair) & set(pks)
                if mine and firms.get(pair[0], set()) & firms.get(pair[1], set()):
                    found[pair].add(PairReason.ORGANISATION)
    return found


def _keys(people: QuerySet) -> Iterator[tuple[int, str]]:
    """Person and key of each script in which they are named; Latin words count in any order."""
    columns = ("native_family_name", "native_given_name", "latin_family_name", "latin_given_name")
    for pk, *names in people.order_by("pk").values_list("pk", *columns).iterator(chunk_size=5_000):
        native, latin = name_key(names[0] + names[1]), _words(names[2], names[3])
        if native:
            yield pk, native
        if latin:
            yield pk, latin


def _words(*names: str) -> str:
    return " ".join(sorted(fold(" ".join(names)).split()))


def _firms(pks: Collection[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    remaining = iter(sorted(pks))
    while part := list(islice(remaining, BATCH)):
        roles = Role.objects.filter(contact__in=part, organisation__isnull=False)
        for contact, firm in roles.values_list("contact", "organisation"):
            found[contact].add(firm)
    return found


def _store(reasons: Reasons) -> None:
    """Grade one batch of pairs and keep those that are worth a look."""
    pks = {pk for pair in reasons for pk in pair}
    people = {p.pk: p for p in Contact.objects.filter(pk__in=pks)}
    firms = _firms(pks)
    now = timezone.now()
    pairs = []
    for (first, second), joined in reasons.items():
        codes = set(joined)
        if firms.get(first, set()) & firms.get(second, set()):
            codes.add(PairReason.ORGANISATION)
        alike = likeness(people[first], people[second])
        if alike >= SAME_NAME:
            codes.add(PairReason.NAME)
        score = _score(codes, alike)
        if score >= LEAST:
            pairs.append(
                DuplicatePair(
                    first_id=first,
                    second_id=second,
                    score=score,
                    reasons=" ".join(c for c in PairReason.values if c in codes),
                    found_at=now,
                )
            )
    DuplicatePair.objects.bulk_create(
        pairs,
        update_conflicts=True,
        unique_fields=["first", "second"],
        update_fields=["score", "reasons", "found_at"],
    )


def _score(codes: Iterable[str], alike: float) -> int:
    weight = sum(WEIGHTS.get(PairReason(code), 0) for code in codes)
    return min(100, round(weight + NAME_WEIGHT * alike / 100))


def likeness(one: Contact, other: Contact) -> float:
    """How alike the names of two people are, of a hundred, in the script that agrees best.

    Zero where no script names both: a romanisation is not guessed.
    """
    scripts = [
        (name_key(p.native_name), _words(p.latin_family_name, p.latin_given_name))
        for p in (one, other)
    ]
    return max(
        (
            fuzz.ratio(mine, theirs)
            for mine, theirs in zip(*scripts, strict=True)
            if mine and theirs
        ),
        default=0.0,
    )
