"""From a text to cards: where each begins and ends, and its logical lines.

A card that is cut, empty or within another one is one all the same.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

BEGINS = re.compile(r"^(\s*)BEGIN\s*:\s*VCARD\s*$", re.IGNORECASE)
ENDS = re.compile(r"^END\s*:\s*VCARD\s*$", re.IGNORECASE)
LINE_END = re.compile(r"\r+\n|\r|\n")
# A colon within quotation marks ends no parameter; where these are not paired, it does.
PROPERTIES = tuple(
    re.compile(
        rf"^(?:[\w-]+\.)?(?P<name>[A-Za-z][\w-]*)(?P<parameters>(?:;{inside})?):(?P<value>.*)$",
        re.DOTALL,
    )
    for inside in (r'(?:[^:"]|"[^"]*")*', "[^:]*")
)


@dataclass(slots=True)
class Card:
    """The logical lines of a card, each in the pieces in which it was folded."""

    lines: list[list[str]] = field(default_factory=list)
    # What stands before each of its lines, where the whole card is indented.
    indent: str = ""
    is_whole: bool = False
    # END:VCARD without a beginning.
    is_headless: bool = False
    # Cards within it (AGENT): somebody else's, who is not asked for.
    within: int = 0

    @property
    def awaits_agent(self) -> bool:
        return bool(self.lines) and _is_agent("".join(self.lines[-1]))

    @property
    def unfolded(self) -> list[str]:
        return ["".join(pieces) for pieces in self.lines]


def cards_in(text: str, splitter: "Splitter | None" = None) -> Iterator[Card]:
    """Each card of the text, whole or not."""
    splitter = splitter or Splitter()
    for line in _lines(text):
        yield from splitter.take(line)
    if splitter.card:
        yield splitter.card


@dataclass(slots=True)
class Splitter:
    """Where a card begins and ends, line by line."""

    card: Card | None = None
    # Cards within the card at hand that have not ended, and the last line of the innermost.
    depth: int = 0
    inner: str = ""
    # Lines outside of any card: since the last one, and before it.
    stray: int = 0
    passed: int = 0

    def take(self, line: str) -> Iterator[Card]:
        """The card, if this line ends one or shows that the one before was cut."""
        if self.card and self.card.indent:
            line = line.removeprefix(self.card.indent)
        if begins := BEGINS.match(line):
            yield from self._begin(begins[1], line)
        elif ENDS.match(line):
            yield from self._end()
        elif self.card is None:
            self.stray += bool(line.strip())
        elif self.depth:
            self.inner = line if line.strip() else self.inner
        else:
            _continue(self.card.lines, line)

    def _begin(self, indent: str, line: str) -> Iterator[Card]:
        card = self.card
        if card and (_is_agent(self.inner) if self.depth else card.awaits_agent):
            self.depth, self.inner = self.depth + 1, ""
            card.within += 1
            # Said once: the next one is a card of its own.
            card.lines[-1].append("VCARD")
        elif card and indent:
            # Folded text that reads like the beginning of a card.
            _continue(card.lines, line)
        else:
            if card:
                yield card
            self.passed, self.stray = self.passed + self.stray, 0
            self.card, self.depth = Card(indent=indent), 0

    def _end(self) -> Iterator[Card]:
        if self.depth:
            self.depth, self.inner = self.depth - 1, ""
            return
        if self.card:
            self.card.is_whole = True
        yield self.card or Card(is_headless=True)
        self.card, self.stray = None, 0


def _lines(text: str) -> Iterator[str]:
    start = 0
    for end in LINE_END.finditer(text):
        yield text[start : end.start()]
        start = end.end()
    yield text[start:]


def _is_agent(line: str) -> bool:
    """Whether this line says that another card follows within its own."""
    match = matched(line)
    return bool(match and match["name"].upper() == "AGENT" and not match["value"].strip())


def _continue(lines: list[list[str]], line: str) -> None:
    """Join a line to the one that it continues: folded, or broken in quoted-printable."""
    if lines and line[:1] in {" ", "\t"}:
        lines[-1].append(line[1:])
    elif lines and lines[-1][-1].endswith("=") and is_quoted(lines[-1][0]):
        lines[-1][-1] = lines[-1][-1][:-1]
        lines[-1].append(line)
    elif line.strip():
        lines.append([line])


def is_quoted(line: str) -> bool:
    return "QUOTED-PRINTABLE" in line.partition(":")[0].upper()


def matched(line: str) -> re.Match[str] | None:
    first, second = PROPERTIES
    return first.match(line) or second.match(line)
