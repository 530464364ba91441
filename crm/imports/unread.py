"""Columns that nobody reads, looked through for a no before they are dropped.

What says it as a label does (“unsubscribed”, “do not call”) counts at once for its person. What
may mean one (a sentence in a note, “declined” under a heading that nobody knows) is for somebody
to read: the file waits. Nothing of it is stored.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from crm.imports import headings, labels

# Fields of columns that are read for a no alone; behind it the channel that the heading names.
LABEL, CELL = "opt_label", "opt_cell"

OF_STATES = re.compile(
    r"\b(?:status|stat(?:e|us)s?|subscription\w*|subscriber\w*|tags?|groups?|labels?|categor\w*"
    r"|segments?|lists?"
    r"|membership|preferences?|permissions?|flags?|disposition|stage|type|audience|gruppen?"
    r"|kategorien?|listen?"
    r"|etiketten?|schlagw\w+|markierung\w*|kennzeichen|statut|[eé]tiquettes?|groupes?"
    r"|cat[eé]gories?)\b|status\b"
    r"|gruppe\b|liste\b|狀態|状态|標籤|标签|群組|群组|組別|组别|分組|分组|類別|类别|分類|分类"
    r"|名單|名单|狀況"
)
NOT_OF_CONTACT = re.compile(
    r"verif|valid|confirm|count|number|bounce|open|click|\bsent\b|\bid\b|owner|status code"
    r"|primary|default|\bis main"
    r"|驗證|验证"
)
# A bare “no” may be one to marketing below a heading of it.
BARE = frozenset("no nein non nope never nie jamais 否 不 不要 不用 不同意 無 没有 沒有".split())
# So many distinct values of a column are remembered; further ones are looked at each time.
REMEMBERED = 10_000


@dataclass(slots=True)
class Watch:
    """Looks on while the rows pass by."""

    header: Sequence[str]
    read: Mapping[str, Sequence[int]]
    # Where a reader of cards names the properties that are in doubt.
    doubts_at: int = -1
    says_no: set[int] = field(default_factory=set)
    in_doubt: set[int] = field(default_factory=set)
    properties: set[str] = field(default_factory=set)
    seen: dict[int, set[str]] = field(default_factory=dict)
    kinds: dict[int, tuple[bool, bool]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        taken = {at for positions in self.read.values() for at in positions}
        for at, heading in enumerate(self.header):
            words = headings.both_ways(heading)
            of_states = bool(OF_STATES.search(words))
            # “State” is a region to one program and a state to another.
            if at not in taken or (of_states and at in self.read.get("region", ())):
                self.kinds[at] = (
                    of_states,
                    bool(labels.OF_CONTACT.search(words)) and not NOT_OF_CONTACT.search(words),
                )
                self.seen[at] = set()

    def over(
        self, rows: Iterable[tuple[int, Sequence[str]]]
    ) -> Iterator[tuple[int, Sequence[str]]]:
        """The same rows; each distinct cell of an unread column is looked at once."""
        for number, cells in rows:
            width = len(cells)
            for at, seen in self.seen.items():
                if at < width and (text := cells[at]) and text not in seen:
                    if len(seen) < REMEMBERED:
                        seen.add(text)
                    self._look(at, text)
            yield number, cells

    def _look(self, at: int, text: str) -> None:
        if at == self.doubts_at:
            self.properties.update(text.split(", "))
            return
        of_states, of_contact = self.kinds[at]
        if of_contact and text.strip().casefold() in BARE:
            self.in_doubt.add(at)
        elif not labels.may_say(text):
            return
        elif labels.refused(text, among_labels=of_states) and (of_states or labels.is_short(text)):
            self.says_no.add(at)
        elif labels.is_doubtful(text, of_contact=of_contact):
            self.in_doubt.add(at)

    @property
    def columns(self) -> dict[str, list[int]]:
        """The columns of which some cell counts as a no: field to positions."""
        found: dict[str, list[int]] = {}
        for at in sorted(self.says_no):
            name = LABEL if self.kinds[at][0] else CELL
            channels = labels.channels_in(headings.both_ways(self.header[at]))
            suffix = f"_{next(iter(channels))}" if len(channels) == 1 else ""
            found.setdefault(name + suffix, []).append(at)
        return found

    @property
    def doubts(self) -> tuple[str, ...]:
        """One sentence a column that may say a no and is not counted as one; never a value."""
        found = [
            _(
                "Column %(place)d (%(heading)s) is not read, and cells of it may say no to"
                " marketing: say what the column is, or go on all the same."
            )
            % {"place": at + 1, "heading": self.header[at].strip() or "–"}
            for at in sorted(self.in_doubt)
        ]
        found += [
            _("The property %s of cards is not read, and may say no to marketing: look at it.")
            % name
            for name in sorted(self.properties)
        ]
        return tuple(found)


def refused_in(cells: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """The channels on which a label of this row refuses."""
    found: set[str] = set()
    for name, texts in cells.items():
        if not texts or not name.startswith((LABEL, CELL)):
            continue
        among_labels = name.startswith(LABEL)
        channel = name.removeprefix(LABEL if among_labels else CELL).removeprefix("_")
        for text in texts:
            if among_labels or labels.is_short(text):
                said = labels.refused(text, among_labels=among_labels)
                # The heading names the channel where the label names none.
                found |= {channel} if channel and said == labels.ALL else said
    return frozenset(found)
