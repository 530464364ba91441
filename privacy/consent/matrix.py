"""What one person said to what, as a table: a row for each purpose, a cell for each channel."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Model
from django.utils import timezone

from privacy.consent.standing import Standing, states
from privacy.enums import Channel, Nature
from privacy.models import Purpose


@dataclass(frozen=True, slots=True)
class Row:
    """One purpose: where the person stands on each channel, in the order of `Channel`.

    None where the purpose does not use the channel.
    """

    purpose: Purpose
    cells: tuple[Standing | None, ...]


def matrix(subject: Model, *, on: date | None = None) -> list[Row]:
    """Every purpose of marketing, with where this person stands on this day; a few queries."""
    said = states([subject.pk], on=on or timezone.localdate())[subject.pk]
    marketing = {channel: said.get(("marketing", channel, "")) for channel in Channel.values}
    rows = []
    for purpose in Purpose.objects.filter(nature=Nature.MARKETING):
        cells = tuple(
            _cell(said, purpose, channel, marketing[channel]) for channel in Channel.values
        )
        rows.append(Row(purpose, cells))
    return rows


def _cell(
    said: dict[tuple[str, str, str], Standing],
    purpose: Purpose,
    channel: str,
    marketing: Standing | None,
) -> Standing | None:
    """The person's own word, or else their “no” to marketing as such."""
    if channel not in purpose.channels:
        return None
    own = said.get((purpose.key, channel, ""))
    return own or (marketing if marketing and marketing.is_no else Standing())
