"""What a merge would do, computed from the rules that merge; and the seal of what was seen."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from crm.merge import columns, rules
from crm.merge.noes import Noes, noes_of
from crm.merge.rules import RULES, Rule
from crm.models import Contact, SourceRestriction
from privacy import consent, purposes
from privacy.consent import Question, Standing


@dataclass(frozen=True, slots=True)
class Plan:
    """Values that differ, rows by table, every "no" of the one who goes, and the seal."""

    differs: Mapping[str, tuple[Any, Any]]
    moves: Mapping[str, int]
    drops: Mapping[str, int]
    noes: Noes
    digest: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One question that the two answered differently, and whose answer counts after the merge."""

    purpose: str
    channel: str
    topic: str
    kept: Standing
    gone: Standing

    @property
    def wins(self) -> Standing:
        """Any "no"; otherwise what the kept said, since a "yes" never moves."""
        return self.gone if self.gone.is_no and not self.kept.is_no else self.kept

    @property
    def loses(self) -> Standing:
        return self.kept if self.wins is self.gone else self.gone


def consents(kept: Contact, gone: Contact, *, on: date) -> list[Difference]:
    """Where the two stand differently."""
    said = consent.states([kept.pk, gone.pk], on=on)
    questions = sorted({*said[kept.pk], *said[gone.pk]})
    found = [
        Difference(*asked, _answer(said[kept.pk], asked), _answer(said[gone.pk], asked))
        for asked in questions
    ]
    return [one for one in found if one.kept.state != one.gone.state]


def _answer(said: Mapping[Question, Standing], asked: Question) -> Standing:
    """What somebody answered, or their "no" to marketing as such."""
    purpose, channel, _topic = asked
    own = said.get(asked)
    wide = said.get((purposes.MARKETING, channel, ""))
    covered = wide is not None and wide.is_no and purposes.named(purpose).is_marketing
    return own or (wide if wide is not None and covered else Standing())


def plan(kept: Contact, gone: Contact) -> Plan:
    """What merging would change; writes nothing."""
    moves, drops = {}, {}
    for label, relation in RULES.items():
        if relation.rule in {Rule.STAYS, Rule.GOES}:
            continue
        same = len(rules.same(label, kept=kept, gone=gone))
        moving = rules.rows_of(label, gone).count() - same
        if same:
            drops[label] = same
        if moving:
            moves[label] = moving
    return Plan(
        differs=columns.differing(kept, gone),
        moves=moves,
        drops=drops,
        noes=noes_of(gone),
        digest=seal(kept, gone),
    )


def seal(one: Contact, other: Contact) -> str:
    """What the two are and have, whichever of them is kept; another after any change."""
    seen: list[Any] = []
    for person in sorted((one, other), key=lambda person: person.pk):
        rows = {
            label: list(rules.rows_of(label, person).values())
            for label in RULES
            if RULES[label].rule != Rule.GOES
        }
        limits = SourceRestriction.objects.filter(source=person.source_id).order_by("pk")
        seen.append([person.pk, columns.values(person), rows, list(limits.values())])
    text = json.dumps(seen, cls=DjangoJSONEncoder, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
