"""A table of letters, one a row, in the words in which lawyers list them; each gets its day.

Columns: jurisdiction, request_kind, received, paused_from, paused_to, extended, holiday_calendar
and whatever else; the others are handed through.
"""

from collections.abc import Mapping
from datetime import date, datetime

from django.utils.translation import gettext as _

from privacy.deadlines import periods
from privacy.deadlines.calendars import FIRST, LAST
from privacy.deadlines.clock import Pause, compute, governing
from privacy.deadlines.errors import DeadlineError
from privacy.enums import Regime, Right

COLUMNS = "jurisdiction request_kind received paused_from paused_to extended holiday_calendar"
EU, HK, POLICY = Regime.EU_GDPR, Regime.HK_PDPO, Regime.POLICY
# What a row calls its letter, beside the names of rights. Several clocks: the earliest governs.
KINDS: dict[tuple[str, str], tuple[tuple[Regime, Right], ...]] = {
    **{("EU", right.value): ((EU, right),) for right in Right},
    **{("HK", right.value): ((HK, right),) for right in Right},
    **{("POLICY", right.value): ((POLICY, right),) for right in Right},
    ("EU", "extension_notice"): ((EU, Right.ACCESS),),
    ("EU", "consent_withdrawal_stop"): ((EU, Right.WITHDRAWAL),),
    ("EU", "breach_sa_notice"): ((EU, Right.BREACH_NOTICE),),
    ("HK", "pdpo_access"): ((HK, Right.ACCESS),),
    ("HK", "pdpo_correction"): ((HK, Right.RECTIFICATION),),
    ("HK", "policy_combined_access"): ((POLICY, Right.ACCESS), (HK, Right.ACCESS)),
    ("HK", "oral_consent_confirmation"): ((HK, Right.ORAL_CONSENT),),
    ("HK", "uemo_unsubscribe"): ((HK, Right.UNSUBSCRIBE),),
    ("HK", "uemo_unsub_record_keep_through"): ((HK, Right.UNSUBSCRIBE_RECORD),),
    ("HK", "co_s377_keep_through"): ((HK, Right.ACCOUNTING_RECORD),),
    ("HK", "former_employee_delete_by"): ((HK, Right.EMPLOYEE_RECORD),),
    # A refusal is told within the same days, whatever was asked; the letter is another.
    ("EU", "access_refusal"): ((EU, Right.REFUSAL),),
    ("EU", "correction_refusal"): ((EU, Right.REFUSAL),),
    ("HK", "pdpo_access_refusal"): ((HK, Right.REFUSAL),),
    ("HK", "pdpo_correction_refusal"): ((HK, Right.REFUSAL),),
    ("HK", "access_refusal"): ((HK, Right.REFUSAL),),
    ("HK", "correction_refusal"): ((HK, Right.REFUSAL),),
    ("POLICY", "access_refusal"): ((POLICY, Right.REFUSAL),),
    ("POLICY", "correction_refusal"): ((POLICY, Right.REFUSAL),),
    ("EU", "direct_marketing_objection"): ((EU, Right.MARKETING_OBJECTION),),
    ("HK", "direct_marketing_objection"): ((HK, Right.MARKETING_OBJECTION),),
    ("HK", "pdpo_s35g_opt_out"): ((HK, Right.MARKETING_OBJECTION),),
    ("POLICY", "direct_marketing_objection"): ((POLICY, Right.MARKETING_OBJECTION),),
    ("HK", "log_book"): ((HK, Right.REFUSAL_RECORD),),
    ("HK", "pdpo_s27_log_book_keep_through"): ((HK, Right.REFUSAL_RECORD),),
    ("POLICY", "six_years"): ((POLICY, Right.RECORD),),
    ("POLICY", "general_enquiry"): ((POLICY, Right.ENQUIRY),),
}
# Beside the day: the clock stands still, and the day is as it stands.
SUSPENDED = "SUSPENDED"
# Rows that ask for another day of the clock than the one on which it ends.
OTHER_DAYS = {"extension_notice": "extension_notice_by"}
# After a colon behind the kind: why the clock stood still.
PAUSED_FOR = {"id_check": "identity", "identity": "identity", "clarification": "clarification"}


def due_of(row: Mapping[str, str], *, on: date | None = None) -> str:
    """The day, or the time, that this row's letter is due; DeadlineError says what is wrong.

    Of a pause without an answer it is the day as it stands on `on`, and SUSPENDED behind it. A
    declared period is asked for by its name: then `received` is the day from which it runs.
    """
    if missing := [name for name in COLUMNS.split() if row.get(name) is None]:
        raise DeadlineError(_("The row lacks %s.") % ", ".join(missing))
    kind, _colon, reason = row["request_kind"].strip().partition(":")
    wanted = KINDS.get((row["jurisdiction"].strip(), kind))
    if wanted is None and (period := periods.named(row["request_kind"].strip())):
        return written(period.ends_on(day(row["received"])))
    if wanted is None:
        raise DeadlineError(
            _("Nobody knows a clock for %(where)s %(kind)s.")
            % {"where": row["jurisdiction"], "kind": row["request_kind"]}
        )
    name, *closures = row["holiday_calendar"].strip().split(";")
    name = (name or "NONE").removeprefix("EU_")
    clocks = [
        compute(
            regime,
            right,
            moment(row["received"]),
            pauses=_pauses(row, PAUSED_FOR.get(reason or "clarification", reason)),
            extended=_is_true(row["extended"]),
            on_calendar=name,
            closures=[day(closure.partition("=")[2]) for closure in closures],
            on=on,
        )
        for regime, right in wanted
    ]
    clock = governing(clocks) if len(clocks) > 1 else clocks[0]
    due = written(getattr(clock, OTHER_DAYS.get(kind, "due")))
    return f"{due} {SUSPENDED}" if clock.paused_since else due


def day(text: str) -> date:
    """A day written YYYY-MM-DD."""
    try:
        found = datetime.strptime(text.strip(), "%Y-%m-%d").date()  # noqa: DTZ007 - a day
    except ValueError:
        raise DeadlineError(
            _("A day is written YYYY-MM-DD, such as 2026-02-28; %r is none.") % text
        ) from None
    _refuse_far(found)
    return found


def moment(text: str) -> date | datetime:
    """A day, or a time with its zone."""
    if "T" not in text:
        return day(text)
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise DeadlineError(
            _("A time is written as in 2026-03-27T10:00+01:00; %r is none.") % text
        ) from None
    _refuse_far(found.date())
    return found


def _refuse_far(found: date) -> None:
    if not FIRST <= found <= LAST:
        raise DeadlineError(
            _("A day lies from %(first)s to %(last)s; %(day)s does not.")
            % {"first": FIRST, "last": LAST, "day": found}
        )


def _pauses(row: Mapping[str, str], reason: str) -> list[Pause]:
    begins, ends = row["paused_from"].strip(), row["paused_to"].strip()
    if not begins and not ends:
        return []
    if not begins:
        raise DeadlineError(_("A pause that ended began on a day: fill in paused_from."))
    return [Pause(day(begins), day(ends) if ends else None, reason)]


def _is_true(text: str) -> bool:
    word = text.strip().lower()
    if word not in {"true", "false", ""}:
        raise DeadlineError(_("extended is true or false; %r is neither.") % text)
    return word == "true"


def written(found: date) -> str:
    """A day, or a time with its zone, as the table has it."""
    if isinstance(found, datetime):
        return found.isoformat(timespec="minutes")
    return found.isoformat()
