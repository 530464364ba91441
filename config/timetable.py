"""Beat's own scheduler: what it remembers on disk is a hint, and never taken at its word.

Beat writes down when it last sent each task. A clock that was ahead then would keep it silent
until that day; a file that cannot be read would keep it from starting. So a moment that lies ahead
becomes now, at the start and at each turn, and a file of another kind is put aside and made anew.
"""

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

from celery.beat import PersistentScheduler

log = logging.getLogger(__name__)

# Two clocks of one machine may differ by so much.
TOLERANCE = timedelta(seconds=1)


class Timetable(PersistentScheduler):
    """As celery's, but trusting nothing that lies ahead or cannot be read."""

    def setup_schedule(self) -> None:
        try:
            super().setup_schedule()
            self._look()
        except Exception as error:  # noqa: BLE001 - whatever a foreign file makes of the reader
            log.warning("beat's file is put aside (%s) and made anew", type(error).__name__)
            self._put_aside()
            super().setup_schedule()

    def tick(self, *args: Any, **kwargs: Any) -> float:
        self._look()
        return super().tick(*args, **kwargs)

    def _look(self) -> None:
        """Let no entry wait for a moment that was written down under another clock."""
        for entry in self.schedule.values():
            now = entry.default_now()
            if entry.last_run_at is None or entry.last_run_at > now + TOLERANCE:
                log.warning("%s was last sent in the future; it is taken as now", entry.name)
                entry.last_run_at = now
                # What it computed from the old moment is void too.
                self._heap = None

    def _put_aside(self) -> None:
        name = Path(self.schedule_filename)  # type: ignore[attr-defined]
        for file in name.parent.glob(f"{name.name}*"):
            if not file.name.endswith(".aside"):
                file.replace(file.with_name(f"{file.name}.aside"))
