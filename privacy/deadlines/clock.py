"""The clock: from the receipt to the day, every step in words.

One month is the same day of the next month, clamped to its last; three months are counted from
the receipt and never chained; suspended days are added to that, and only then it is rolled. Where
Hong Kong's and Europe's rules both hold, each has its clock and the earlier governs (S137).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from django.utils.translation import gettext as _

from privacy.deadlines.calendars import DAY, NONE, OFFICE, Calendar, calendar
from privacy.deadlines.errors import DeadlineError
from privacy.deadlines.rules import NO_PAUSE, OWN_CALENDAR, Rule, rule_for
from privacy.enums import Regime, Right

HONG_KONG, LISBON = ZoneInfo("Asia/Hong_Kong"), ZoneInfo("Europe/Lisbon")
# Where the hours of Art. 33 are written, if the time of the awareness was written there too.
BRUSSELS = ZoneInfo("Europe/Brussels")
# For what alone the clock may stand still (EDPB Guidelines 01/2022).
REASONS = ("identity", "clarification")


@dataclass(frozen=True, slots=True)
class Pause:
    """Asked on one day, answered on another or not yet; why is one of REASONS."""

    asked_on: date
    answered_on: date | None
    reason: str

    def days(self, *, on: date) -> int:
        """For how many days the clock stood still; of one that waits, up to this day."""
        return max(0, ((self.answered_on or on) - self.asked_on).days)


@dataclass(frozen=True, slots=True)
class Deadline:
    """The days of one clock.

    `nominal` has neither suspension nor holidays in it, `due` both; `unsuspended` is the day that
    would be due had the clock never stood still; `rolled` is `due` on the office's own calendar,
    for information; `target` is the last working day of the office that is not later than
    `nominal`. While an answer is waited for the clock stands still since `paused_since`, and `due`
    is the day as it stands. A breach's are times, in hours.
    """

    regime: Regime
    right: Right
    nominal: date
    due: date
    rolled: date
    target: date
    extension_notice_by: date | None
    unsuspended: date
    paused_since: date | None = None
    trace: tuple[str, ...] = field(default=())


def received_on(moment: datetime) -> date:
    """The day of receipt: of the two local days the earlier one (Hong Kong, Lisbon)."""
    if moment.tzinfo is None:
        raise DeadlineError(_("A time of receipt needs its time zone, such as +08:00."))
    try:
        return min(moment.astimezone(zone).date() for zone in (HONG_KONG, LISBON))
    except OverflowError:
        raise DeadlineError(
            _("No calendar has %s in each of the office's time zones.") % moment.isoformat()
        ) from None


def compute(
    regime: Regime,
    right: Right,
    received: date | datetime,
    *,
    pauses: Sequence[Pause] = (),
    extended: bool = False,
    notice_sent_on: date | None = None,
    section_19_2_notice: bool = False,
    on_calendar: str | None = None,
    closures: Iterable[date] = (),
    on: date | None = None,
) -> Deadline:
    """The days by which this is due under this regime; DeadlineError where no such clock runs.

    Of a pause without an answer the days count up to `on`, the day of the question.

    An extension whose notice was sent after `extension_notice_by` is void. `section_19_2_notice`
    says that the PDPO's notice with reasons was given before day 40.
    """
    rule = rule_for(regime, right)
    if rule.hours:
        if extended or pauses:
            raise DeadlineError(_("A clock of hours is neither extended nor paused (Art. 33(1))."))
        return _in_hours(regime, right, received, rule)
    if isinstance(received, datetime):
        received = received_on(received)
    trace = [
        _("Received on %(day)s; that day is not counted.") % {"day": received},
        _("Rule: %(source)s.") % {"source": rule.source},
    ]
    name = on_calendar or OWN_CALENDAR[regime]
    closed = frozenset(closures)
    own = _calendar_of(regime, name).closed_on(closed)
    plain = _plain_end(rule, received, own)
    notice_by = plain if rule.extended_months else None
    nominal = plain
    if extended:
        nominal = _extended(
            rule, received, plain, notice_sent_on, trace, notice_19_2=section_19_2_notice
        )
    else:
        trace.append(_("The period ends on %(day)s.") % {"day": nominal})
    unrolled = _suspended(regime, rule, received, nominal, pauses, trace=trace, on=on)
    due = own.rolled(unrolled) if rule.rolls else unrolled
    if due != unrolled:
        trace.append(
            _("%(day)s is no working day in %(calendar)s: due on %(due)s.")
            % {"day": unrolled, "calendar": name, "due": due}
        )
    elif rule.rolls and name == NONE:
        trace.append(_("No calendar moves it."))
    rolled, target = unrolled, nominal
    if rule.rolls:
        try:
            rolled = _calendar_of(regime, OFFICE).closed_on(closed).rolled(unrolled)
            open_days = calendar(OFFICE).with_saturdays().closed_on(closed)
            target = max(received, open_days.rolled_back(nominal))
        except DeadlineError as beyond:
            # For information alone: the day that the law names needs no table of the office.
            trace.append(str(beyond))
    return Deadline(
        regime=regime,
        right=right,
        nominal=nominal,
        due=due,
        rolled=rolled,
        target=target,
        extension_notice_by=notice_by,
        unsuspended=own.rolled(nominal) if rule.rolls else nominal,
        paused_since=next((p.asked_on for p in pauses if p.answered_on is None), None),
        trace=tuple(trace),
    )


def governing(clocks: Iterable[Deadline]) -> Deadline:
    """Of several clocks over one letter, the earliest; its trace holds those of all."""
    ordered = list(clocks)
    if not ordered:
        raise DeadlineError(_("There is no clock to choose from."))
    if any(isinstance(clock.due, datetime) for clock in ordered):
        raise DeadlineError(_("A clock of hours governs nothing but its own breach."))
    ordered.sort(key=lambda clock: (clock.due, clock.regime))
    first = ordered[0]
    trace = [f"{clock.regime}: {line}" for clock in ordered for line in clock.trace]
    facts = {"regime": first.regime, "due": first.due}
    trace.append(_("%(regime)s comes first: %(due)s.") % facts)
    return Deadline(
        **{name: getattr(first, name) for name in Deadline.__slots__ if name != "trace"},
        trace=tuple(trace),
    )


def _calendar_of(regime: Regime, name: str) -> Calendar:
    """Under Reg. 1182/71 Saturdays move the end of a period; in Hong Kong they are ordinary.

    Elsewhere's holidays never move a day of Hong Kong's law or of the policy: it would be late.
    """
    if regime != Regime.EU_GDPR and name not in {NONE, OFFICE}:
        raise DeadlineError(
            _("%(regime)s rolls on HK_GENERAL or on NONE; %(name)s would make it later.")
            % {"regime": regime, "name": name}
        )
    found = calendar(name)
    return found.with_saturdays() if regime == Regime.EU_GDPR else found


def _plain_end(rule: Rule, received: date, own: Calendar) -> date:
    if rule.working_days:
        days = own if own.weekend else calendar(OFFICE)
        day, left = received, rule.working_days
        while left:
            day += DAY
            left -= not days.is_off(day)
        return day
    step = relativedelta(years=rule.years, months=rule.months, days=rule.days)
    return _later(received, step)


def _later(day: date, step: relativedelta) -> date:
    try:
        return day + step
    except (ValueError, OverflowError):
        raise DeadlineError(_("There is no such day as that long after %s.") % day) from None


def _extended(
    rule: Rule,
    received: date,
    plain: date,
    notice_sent_on: date | None,
    trace: list[str],
    *,
    notice_19_2: bool,
) -> date:
    """The end with an extension, or the plain one where there is none or it is void."""
    if not rule.extended_months:
        trace.append(_("%(source)s knows no extension.") % {"source": rule.source})
        trace.append(_("The period ends on %(day)s.") % {"day": plain})
        return plain
    if notice_sent_on is not None and notice_sent_on < received:
        raise DeadlineError(_("The notice of an extension cannot go out before the receipt."))
    if notice_sent_on is not None and notice_sent_on > plain:
        trace.append(
            _("The notice of %(sent)s came after %(by)s: no extension, it ends on %(by)s.")
            % {"sent": notice_sent_on, "by": plain}
        )
        return plain
    end = _later(received, relativedelta(months=rule.extended_months))
    trace.append(
        _("Extended: %(months)d months from receipt, %(day)s; the notice must be out by %(by)s.")
        % {"months": rule.extended_months, "day": end, "by": plain}
    )
    last = _later(received, relativedelta(days=rule.never_past_day))
    if rule.never_past_day and not notice_19_2 and end > last:
        trace.append(
            _("Without a notice under PDPO s.19(2) never past day %(number)d: %(day)s.")
            % {"number": rule.never_past_day, "day": last}
        )
        return last
    return end


def _suspended(
    regime: Regime,
    rule: Rule,
    received: date,
    nominal: date,
    pauses: Sequence[Pause],
    *,
    trace: list[str],
    on: date | None,
) -> date:
    """The end with the days added for which the clock stood still."""
    if pauses and not rule.pauses:
        raise DeadlineError(str(NO_PAUSE[regime]))
    end, before = nominal, received
    ordered = sorted(pauses, key=lambda p: p.asked_on)
    for pause in ordered:
        if pause.reason not in REASONS:
            raise DeadlineError(
                _("The clock stands still for these alone: %s.") % ", ".join(REASONS)
            )
        if pause.answered_on is not None and pause.answered_on < pause.asked_on:
            raise DeadlineError(_("A pause cannot end before it begins: answer after question."))
        if pause.asked_on < before:
            raise DeadlineError(
                _("A pause begins after the receipt, and after the pause before it has ended.")
            )
        if pause.asked_on > end:
            raise DeadlineError(_("On %s the period was over already.") % pause.asked_on)
        if pause.answered_on is None:
            return _standing_still(pause, end, on, trace, is_last=pause is ordered[-1])
        before = pause.answered_on
        days = pause.days(on=before)
        end = _later(end, relativedelta(days=days))
        trace.append(
            _("Suspended for %(reason)s, %(asked)s to %(answered)s: %(days)d days more, %(end)s.")
            % {
                "reason": pause.reason,
                "asked": pause.asked_on,
                "answered": pause.answered_on,
                "days": days,
                "end": end,
            }
        )
    return end


def _standing_still(
    pause: Pause, end: date, on: date | None, trace: list[str], *, is_last: bool
) -> date:
    """The end as it stands while an answer is waited for."""
    if not is_last:
        raise DeadlineError(_("Only the last pause may wait for its answer."))
    if on is None:
        raise DeadlineError(_("An answer is waited for: say of which day you ask (--on)."))
    days = pause.days(on=on)
    end = _later(end, relativedelta(days=days))
    trace.append(
        _(
            "SUSPENDED for %(reason)s since %(asked)s, no answer yet: %(days)d days more up to"
            " %(on)s; as it stands, %(end)s."
        )
        % {"reason": pause.reason, "asked": pause.asked_on, "days": days, "on": on, "end": end}
    )
    return end


def _in_hours(regime: Regime, right: Right, received: date | datetime, rule: Rule) -> Deadline:
    """Elapsed hours in UTC: weekends count, and a change of the clocks changes nothing."""
    if not isinstance(received, datetime) or received.tzinfo is None:
        raise DeadlineError(
            _("This clock counts hours: give the time and its zone, as 2026-03-27T10:00+01:00.")
        )
    due = received.astimezone(UTC) + timedelta(hours=rule.hours)
    in_brussels = received.astimezone(BRUSSELS).utcoffset() == received.utcoffset()
    due = due.astimezone(BRUSSELS if in_brussels else received.tzinfo)
    trace = (
        _("Known since %s.") % received.isoformat(timespec="minutes"),
        _("Rule: %(source)s.") % {"source": rule.source},
        _("%(hours)d hours later: %(due)s.")
        % {"hours": rule.hours, "due": due.isoformat(timespec="minutes")},
    )
    return Deadline(regime, right, due, due, due, due, None, due, None, trace)
