"""By which day must the firm answer, and why: rules, calendars and the clock (law 2; DESIGN 5).

Pure: dates in, dates out, each with its trace in words. Nothing here knows a person.
"""

from privacy.deadlines.calendars import Calendar, calendar
from privacy.deadlines.clock import Deadline, Pause, compute, governing, received_on
from privacy.deadlines.errors import DeadlineError

__all__ = [
    "Calendar",
    "Deadline",
    "DeadlineError",
    "Pause",
    "calendar",
    "compute",
    "governing",
    "received_on",
]
