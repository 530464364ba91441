"""Where the bars of the forecast stand: geometry for a drawing that needs no script.

One bar for each month, one piece for each rule, what is on hold hatched on top. The table beside
it says the same in numbers and is the one to trust; the drawing carries no number of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from retention import schedule
from retention.forecast import Line

# More colours than these nobody tells apart; the rules beyond share the last.
COLOURS = 6
HELD = "held"
WIDTH, HEIGHT = 960, 300
LEFT, RIGHT, TOP, BOTTOM = 48, 8, 12, 44


@dataclass(frozen=True, slots=True)
class Piece:
    """One rule in one month."""

    colour: str
    label: str
    number: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One month."""

    month: date
    x: float
    width: float
    pieces: tuple[Piece, ...]
    # The year is written under the first bar and under each January.
    year: bool

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True, slots=True)
class Chart:
    """A whole drawing, in units of its own view box."""

    bars: tuple[Bar, ...]
    ticks: tuple[tuple[int, float], ...]
    legend: tuple[tuple[str, str], ...]

    width, height, left = WIDTH, HEIGHT, LEFT
    right = WIDTH - RIGHT
    base = HEIGHT - BOTTOM


def highest(lines: Sequence[Line]) -> int:
    """The tallest bar that these lines make."""
    columns = zip(*(line.months for line in lines), strict=True)
    return max((sum(t.due + t.held for t in column) for column in columns), default=0)


def draw(months: Sequence[date], lines: Sequence[Line], *, beside: Sequence[Line] = ()) -> Chart:
    """Lay out these lines, in one scale and the same colours as those of a drawing beside it."""
    rules = {line.rule.name: line.rule for line in (*lines, *beside)}
    order = schedule.in_order(rules.values())
    colours = {rule.name: _colour(place) for place, rule in enumerate(order)}
    highest_bar = max(highest(lines), highest(beside), 1)
    step = _step(highest_bar)
    steps = -(-highest_bar // step)
    ceiling = step * steps
    room = HEIGHT - TOP - BOTTOM
    slot = (WIDTH - LEFT - RIGHT) / max(len(months), 1)
    bars = []
    for place, month in enumerate(months):
        numbers = [(colours[line.rule.name], line.label, line.months[place].due) for line in lines]
        numbers.append((HELD, _("on hold"), sum(line.months[place].held for line in lines)))
        pieces, y = [], float(HEIGHT - BOTTOM)
        for colour, label, number in numbers:
            if number:
                height = number / ceiling * room
                y -= height
                pieces.append(Piece(colour, label, number, round(y, 1), round(height, 1)))
        x, width = round(LEFT + place * slot + slot * 0.15, 1), round(slot * 0.7, 1)
        bars.append(Bar(month, x, width, tuple(pieces), year=not place or month.month == 1))
    ticks = tuple(
        (n * step, round(HEIGHT - BOTTOM - n / steps * room, 1)) for n in range(steps + 1)
    )
    return Chart(tuple(bars), ticks, tuple(_legend(lines, colours)))


def _colour(place: int) -> str:
    """A colour of its own for each of a few rules; of many, the last share what is left."""
    return f"series-{min(place, COLOURS - 1) + 1}"


def _legend(lines: Sequence[Line], colours: Mapping[str, str]) -> list[tuple[str, str]]:
    shared = f"series-{COLOURS}" if len(colours) > COLOURS else ""
    own = [line for line in lines if colours[line.rule.name] != shared]
    legend = [(colours[line.rule.name], line.label) for line in own]
    if len(own) < len(lines):
        legend.append((shared, _("other rules")))
    if any(line.total.held for line in lines):
        legend.append((HELD, _("on hold")))
    return legend


def _step(top: int) -> int:
    """A round number, five of which reach the top: 1, 2 or 5 times a power of ten."""
    step = 1
    while step * 5 < top:
        step = step * 5 // 2 if str(step).startswith("2") else step * 2
    return step
