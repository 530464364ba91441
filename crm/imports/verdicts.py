"""The verdict on each row: create, update, same, conflict, invalid or refused.

A person is known again by an e-mail address or link, or by a telephone number and a name that
agrees; never by the name alone, for many people share one. A blank cell never overwrites, and a
cell that contradicts what is stored is a conflict for a human, not a change.
"""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from crm import names
from crm.contacts import Entry
from crm.enums import ImportStrategy
from crm.exports.formulas import unparted
from crm.imports.known import Known
from crm.imports.rows import Row, Verdict, form_of, read_again
from crm.names import Names, name_key
from privacy.enums import PointKind
from privacy.errors import IdentifierSuppressed
from privacy.points import Point


def judge(
    row: Row, candidates: Sequence[Known], strategy: str = ImportStrategy.SKIP
) -> Known | None:
    """Decide about a row that may go in; returns the person whom it is about, if known."""
    entry = row.entry
    people = meant_by(entry, candidates) or _hinted_at(entry, candidates)
    _as_stored(row, people)
    if row.lacks:
        people, reason = _recognised(row, candidates), row.lacks
    elif not people:
        row.decide(Verdict.CREATE)
        return None
    else:
        reason = _("its contact points belong to several people")
    if row.lacks or len(people) > 1:
        # It may still say again what is on file; what it says of marketing counts for them all.
        if any(says_nothing_new(entry, known) for known in people):
            row.decide(Verdict.SAME)
        else:
            row.decide(Verdict.INVALID if row.lacks else Verdict.CONFLICT, reason)
        return None
    known = people[0]
    if known.is_restricted:
        # The same sentence as for a suppressed address: it says nothing of the cause.
        row.decide(Verdict.REFUSED, str(IdentifierSuppressed()))
        return None
    if differing := _contradictions(entry, known.entry):
        if strategy == ImportStrategy.SKIP:
            reason = _("differs from what is stored: %s") % ", ".join(differing)
            row.decide(Verdict.CONFLICT, reason)
            return None
        row.overwrites = strategy == ImportStrategy.OVERWRITE
        said = _("overwritten: %s") if row.overwrites else _("kept as stored: %s")
        row.reason = said % ", ".join(differing)
    goes_in = row.overwrites or _adds(entry, known)
    row.decide(Verdict.UPDATE if goes_in else Verdict.SAME, row.reason)
    return known


def meant_by(entry: Entry, candidates: Sequence[Known]) -> list[Known]:
    """Those whom this entry is about; who shares a telephone alone has to bear the name too."""
    own = {form_of(point) for point in entry.points}
    return [
        known
        for known in candidates
        if any(kind != PointKind.PHONE for kind, _form in own & known.forms)
        or _bears(entry.names, known.entry.names)
    ]


def _hinted_at(entry: Entry, candidates: Sequence[Known]) -> list[Known]:
    """Of those who share a telephone alone: of whom a part of the name, and nothing new, is said.

    Who brings something new under a part of a name may be a colleague.
    """
    return [
        known
        for known in candidates
        if names.says_less(entry.names, known.entry.names) and says_nothing_new(entry, known)
    ][:1]


def _bears(read: Names, stored: Names) -> bool:
    """Whether a name that was read may be the one on file, which a reader may shorten."""
    return names.agree(read, stored) or names.agree(read, read_again(stored))


def _recognised(row: Row, candidates: Sequence[Known]) -> list[Known]:
    """Of whom a row that lacks something may speak; no name is that of one that reads as none."""
    own = {form_of(point) for point in row.entry.points}
    return [
        known
        for known in candidates
        if (own & known.forms or (known.uuid is not None and known.uuid == row.reference))
        and (bool(row.entry.names) or not read_again(known.entry.names))
    ]


def says_nothing_new(entry: Entry, known: Known) -> bool:
    """Whether all of this is on file already."""
    return not (known.is_restricted or _contradictions(entry, known.entry) or _adds(entry, known))


def _as_stored(row: Row, people: Sequence[Known]) -> None:
    """A number that the row's country reads anew is theirs as it is on file, if it is on file."""
    theirs = {form for known in people for form in known.forms}
    for at, point in enumerate(row.entry.points):
        form = form_of(point)
        plain = row.elsewhere.get(form, form)
        if form not in theirs and plain in theirs:
            row.entry.points[at] = Point(point.kind, plain[1])


def is_meant(child: Entry, known: Known) -> bool:
    """Whether a child of whom nothing goes in is this person: by a point and the whole name."""
    shared = known.forms & {form_of(point) for point in child.points}
    return bool(shared and child.names) and names.agree(child.names, known.entry.names)


def role_of(entry: Entry) -> tuple[str, str]:
    return str(entry.role), name_key(entry.organisation)


def _adds(entry: Entry, known: Known) -> bool:
    stored = known.entry
    return (
        bool({form_of(point) for point in entry.points} - known.forms)
        or bool(new_names(entry, stored))
        or any(
            getattr(entry, name) and not getattr(stored, name)
            for name in ("language", "country", "born_on", "address")
        )
        or is_new_role(entry, known)
    )


def is_new_role(entry: Entry, known: Known) -> bool:
    """A row that names no firm adds no second role of a kind; one whose own are known, none."""
    kind, firm = role_of(entry)
    if entry.roles_told & {(k, unparted(name)) for k, name in known.roles}:
        return False
    if not firm:
        kinds = {kind, *(told for told, _firm in entry.roles_told)}
        return bool(kind) and kinds.isdisjoint(other for other, _firm in known.roles)
    return bool(kind) and (kind, firm) not in known.roles


def new_names(entry: Entry, stored: Entry, *, overwrite: bool = False) -> list[str]:
    """Name columns to fill: a script's pair only where the person has no name in that script."""
    found: list[str] = []
    if not overwrite and entry.names == read_again(stored.names):
        return found
    for script in ("native", "latin"):
        pair = (f"{script}_family_name", f"{script}_given_name")
        if overwrite or not any(getattr(stored.names, name) for name in pair):
            found += [name for name in pair if getattr(entry.names, name)]
    return found


def _contradictions(entry: Entry, stored: Entry) -> list[str]:
    is_theirs = _bears(entry.names, stored.names) or names.says_less(entry.names, stored.names)
    found = [] if is_theirs else [str(_("name"))]
    for name, label in (("country", _("country")), ("born_on", _("date of birth"))):
        mine, theirs = getattr(entry, name), getattr(stored, name)
        if mine and theirs and mine != theirs:
            found.append(str(label))
    return found
