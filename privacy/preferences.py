"""What one person wants to hear of us: their choices as they stand, and as they change them.

A box that is on today is ticked, no other one is. Taking a tick away withdraws the consent or
objects; setting one is a consent with its exact words, the notice in force and the link as its
evidence. A page acts only on what its reader changed: it carries, signed, what it showed. Every
“no” that was sent is done; a “yes” is one only where its box was set by the reader and what is
stored is what the page showed, so that a page opened earlier takes no later “no” back. Serves Art.
7 and 21 GDPR, s.35E and 35G PDPO, policy S48, S80, S115, S118, S119, S138.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db import transaction
from django.db.models import Model
from django.utils import formats, timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from privacy import consent, gate, notices, opt_outs, parties, purposes, subjects, suppression
from privacy.consent import Standing
from privacy.enums import (
    YESES,
    Basis,
    Channel,
    ConsentMethod,
    Language,
    OptOutWay,
    Verdict,
)
from privacy.models import Purpose
from privacy.purposes import MARKETING

# What a browser's signal says no to (Do Not Track, Global Privacy Control; S80, S140).
TRACKING = ("web-analytics", "profiling", "interest-advertising")
WORDING = "preferences"
SALT = "lethe.preferences.shown"

# By the name of each box: whether it was ticked, and the number of what stood behind it.
Shown = Mapping[str, tuple[bool, int]]


@dataclass(frozen=True, slots=True)
class Choice:
    """One purpose on one channel, and where the person stands."""

    purpose: Purpose
    channel: str
    topic: str
    standing: Standing
    # Whether messages are sent today.
    is_on: bool

    @property
    def name(self) -> str:
        return ".".join(filter(None, (self.purpose.key, self.channel, self.topic)))

    @property
    def stored(self) -> tuple[bool, int]:
        """By which a page knows whether this is still what it showed."""
        return self.is_on, self.standing.number

    @property
    def label(self) -> str:
        """The exact words of the box; with a consent they are kept."""
        words = {
            "purpose": self.purpose.title,
            "channel": Channel(self.channel).label,
            "topic": self.topic,
        }
        if self.topic:
            return _("%(purpose)s (%(topic)s), by %(channel)s") % words
        return _("%(purpose)s, by %(channel)s") % words

    @property
    def why(self) -> str:
        """Where the person stands, since when, in words."""
        if self.standing.since is None:
            if self.is_on:
                return _("We may write because of our legitimate interests; you may object.")
            return _("You have not been asked, and receive nothing.")
        day = formats.date_format(timezone.localtime(self.standing.since), _("j F Y"))
        state = self.standing.state.label
        return _("%(state)s, since %(day)s") % {"state": state, "day": day}


def choices(subject: Model) -> list[Choice]:
    """Every marketing message that can be had, and the topics of which the person has spoken."""
    today = timezone.localdate()
    topics = [
        (purpose, channel, topic)
        for purpose, channel, topic in consent.states([subject.pk], on=today)[subject.pk]
        if topic
    ]
    found = list(_choices(subject, topics))
    # Without a notice nothing new can be agreed to.
    is_told = notices.in_force(on=today) is not None
    return [one for one in found if one.is_on or is_told]


def _choices(subject: Model, topics: Collection[tuple[str, str, str]]) -> Iterator[Choice]:
    said = consent.states([subject.pk], on=timezone.localdate())[subject.pk]
    for row in consent.matrix(subject):
        # The whole of marketing has a button of its own.
        if row.purpose.key == MARKETING or row.purpose.off_since:
            continue
        for channel, standing in zip(Channel.values, row.cells, strict=True):
            if standing is None:
                continue
            is_on = standing.is_usable
            if row.purpose.basis != Basis.CONSENT:
                verdict = gate.may(subject, purpose=row.purpose, channel=channel).verdict
                if verdict is Verdict.NO_DEALING:
                    # There is nothing similar to offer.
                    continue
                is_on = verdict in YESES
            yield Choice(row.purpose, channel, "", standing, is_on)
            for purpose, by, topic in sorted(topics):
                if (purpose, by) == (row.purpose.key, channel):
                    own = said[purpose, by, topic]
                    yield Choice(row.purpose, channel, topic, own, own.is_usable)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a page that was sent: what changed, and which boxes to look at anew."""

    changed: list[str]
    # Set on a page that no longer showed what is stored: nobody agreed to anything there.
    anew: list[str]


def stamp(subject: Any, shown: Collection[Choice]) -> str:
    """What a page shows to this person, signed; without a name, an address or a word of it."""
    stored = {one.name: list(one.stored) for one in shown}
    return signing.dumps([subject.uuid.hex, stored], salt=SALT)


def _read(subject: Any, stamped: str) -> Shown | None:
    """What that page showed; None where the stamp is absent, altered or another person's."""
    try:
        whose, stored = signing.loads(stamped, salt=SALT)
        return (
            {name: (is_on, number) for name, (is_on, number) in stored.items()}
            if (whose == subject.uuid.hex)
            else None
        )
    except (signing.BadSignature, ValueError, TypeError, AttributeError):
        return None


@transaction.atomic
def change(
    subject: Any,
    wanted: Collection[str],
    *,
    stamped: str,
    evidence: str,
    original: dict[str, str],
) -> Outcome:
    """Do what this page's reader changed: each “no” of it, and each “yes” that still may be one.

    `wanted` are the boxes that were sent ticked, `stamped` what the page carried. Without it, or
    with an altered one, every box that is not ticked is a “no” and none is a “yes”.
    """
    people = subjects.root_model()._base_manager.select_for_update(of=("self",))
    subject = people.get(pk=subject.pk)
    now = {one.name: one for one in choices(subject)}
    shown = _read(subject, stamped)
    if shown is None:
        noes = {name for name, one in now.items() if one.is_on and name not in wanted}
        yeses = {name for name, one in now.items() if not one.is_on and name in wanted}
        anew = sorted(yeses)
    else:
        noes = {name for name, (was_on, _number) in shown.items() if was_on} - set(wanted)
        yeses = {name for name in wanted if name in now and not shown.get(name, (False, 0))[0]}
        anew = sorted(name for name in yeses if shown.get(name) != now[name].stored)
        # Left as it was shown, and ended meanwhile: the reader learns it.
        anew += sorted(
            name
            for name, (was_on, _number) in shown.items()
            if was_on and name in wanted and not (name in now and now[name].is_on)
        )
    if noes:
        points = suppression.points_about([subject.pk])[subject.pk]
        opt_outs.keep(OptOutWay.PREFERENCES, original, about=points)
    changed = [name for name in sorted(noes) if _end(subject, name, evidence=evidence)]
    for name in sorted(yeses - set(anew)):
        _begin(subject, now[name], evidence=evidence)
        changed.append(name)
    return Outcome(changed, anew)


@transaction.atomic
def end_all(subject: Model, *, evidence: str, original: dict[str, str]) -> None:
    """No to marketing as such, on every channel, at once (Art. 21(3), S115).

    What arrived is kept as it is, sealed (Cap 593 s.9(3)).
    """
    points = suppression.points_about([subject.pk])[subject.pk]
    opt_outs.keep(OptOutWay.PREFERENCES, original, about=points)
    consent.object_to(subject, method=ConsentMethod.ONLINE, by=None, evidence=evidence)


@transaction.atomic
def heed_signal(subject: Model, *, evidence: str) -> None:
    """A browser that asks not to be tracked says no for its owner (S140)."""
    for key in TRACKING:
        consent.object_to(
            subject, purpose=key, method=ConsentMethod.ONLINE, by=None, evidence=evidence
        )


def _end(subject: Model, name: str, *, evidence: str) -> bool:
    """Say no to what this box stands for, whether or not it is offered any more."""
    key, channel, topic = (*name.split("."), "")[:3]
    purpose = Purpose.objects.filter(key=key).first()
    if purpose is None or channel not in purpose.channels:
        return False
    said: dict[str, Any] = {
        "purpose": purpose,
        "channels": [channel],
        "method": ConsentMethod.ONLINE,
        "by": None,
        "evidence": evidence,
    }
    if purpose.basis == Basis.CONSENT:
        return bool(consent.withdraw(subject, topic=topic, **said))
    return bool(consent.object_to(subject, **said))


def _begin(subject: Model, choice: Choice, *, evidence: str) -> None:
    language = Language.CHINESE if _is_chinese() else Language.ENGLISH
    consent.record(
        subject,
        purpose=choice.purpose,
        channel=choice.channel,
        topic=choice.topic,
        method=ConsentMethod.ONLINE,
        wording=notices.wording(WORDING, language=language, text=choice.label),
        notice=notices.in_force(on=timezone.localdate()),
        language=language,
        evidence=evidence,
        entity=parties.speaker(),
        withdrawal_told=True,
        source_system=WORDING,
        by=None,
    )


def _is_chinese() -> bool:
    return (get_language() or "").startswith("zh")


def uses() -> list[Purpose]:
    """For what the firm holds data at all, basis by basis; nothing that is switched off."""
    return sorted(purposes.in_use(on=timezone.localdate()), key=lambda one: one.basis)
