"""Who the invented people are to the firm, since when and until when: dates alone, no database.

Each class of `law` 5 has people whose time is over, who are due within 30, 90 and 180 days, later,
and, where work can be open, never. The firm is ten years old.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from crm.demo import names
from crm.demo.names import Named
from crm.enums import EngagementState, RetentionClass, RoleKind

TEN_YEARS = 3640
# In so many days the first people of each group are due, of each a few days after the last one.
DUE_IN = (-20, 12, 55, 140)
# Who was due so long ago that an earlier night took them.
SWEPT = -75


@dataclass(frozen=True, slots=True)
class Group:
    """So many people of one role, whose record goes this long after the last word."""

    kind: RoleKind
    retention_class: RetentionClass
    size: int
    years: int
    # How many of ten have work that is open: their clock stands still.
    open_of_ten: int = 0
    # The work that they have with us, if any.
    state: EngagementState | None = None
    # How many an earlier night took.
    swept: int = 1


GROUPS = (
    Group(RoleKind.PROSPECT, RetentionClass.LEAD, 60, 2),
    Group(RoleKind.PROSPECT, RetentionClass.LEAD, 30, 2, state=EngagementState.ENQUIRY),
    Group(RoleKind.PROSPECT, RetentionClass.CONSULTATION, 50, 3, 2, EngagementState.CONSULTATION),
    Group(RoleKind.CLIENT, RetentionClass.CLIENT, 110, 6, 5, EngagementState.CONTRACT, 4),
    Group(RoleKind.SUPPLIER, RetentionClass.SUPPLIER, 46, 6),
    Group(RoleKind.EMPLOYEE, RetentionClass.STAFF, 28, 6, 6),
    Group(RoleKind.CONSULTANT, RetentionClass.STAFF, 18, 6, 4),
    Group(RoleKind.TEMPORARY, RetentionClass.STAFF, 14, 6, 3),
    Group(RoleKind.APPLICANT, RetentionClass.APPLICANT, 26, 2),
)


@dataclass(frozen=True, slots=True)
class Life:
    """One person: when they came, when they last dealt with the firm, whether they still do."""

    n: int
    # The place within their group.
    place: int
    group: Group
    named: Named
    met_on: date
    # The last qualifying event; of open work, the last message so far.
    last_on: date
    is_open: bool

    @property
    def is_chinese(self) -> bool:
        return self.named.language == "zh-hant"

    @property
    def works_here(self) -> bool:
        return self.group.retention_class in {RetentionClass.STAFF, RetentionClass.APPLICANT}

    @property
    def role_ended_on(self) -> date | None:
        """Work that is over has an end; of trade, every third ended and the rest fell silent."""
        if self.is_open:
            return None
        is_over = self.works_here or self.place % 3 == 2
        return self.last_on if is_over else None


def all_of(*, on: date) -> list[Life]:
    """Everybody, in the order of their numbers."""
    return list(_all(on))


def _all(on: date) -> Iterator[Life]:
    n = 0
    for group in GROUPS:
        for place in range(group.size):
            yield _life(n, place, group, on)
            n += 1


def _life(n: int, place: int, group: Group, on: date) -> Life:
    is_open = place >= len(DUE_IN) + group.swept and place * 7 % 10 < group.open_of_ten
    if is_open:
        last_on = on - timedelta(days=2 + n * 13 % 150)
        known_for = 30 + n * 97 % (TEN_YEARS - 200)
    else:
        last_on = on + timedelta(days=_due_in(place, group)) - relativedelta(years=group.years)
        known_for = 15 + n * 53 % 800
    oldest = on - timedelta(days=TEN_YEARS)
    met_on = min(max(last_on - timedelta(days=known_for), oldest), last_on)
    return Life(n, place, group, names.person(n), met_on, last_on, is_open)


def _due_in(place: int, group: Group) -> int:
    """In how many days the record of this person is due."""
    if place < len(DUE_IN):
        return DUE_IN[place] + 2 * GROUPS.index(group)
    if place < len(DUE_IN) + group.swept:
        return SWEPT
    # The rest evenly, from half a year on to the day before the whole period.
    longest = group.years * 365 - 10
    return 200 + (place - len(DUE_IN)) * 37 * (longest - 200) // group.size % (longest - 200)
