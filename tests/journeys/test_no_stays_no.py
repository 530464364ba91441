"""Whatever is merged, imported, edited, undone or disposed of: a "no" stays one, a hold holds, and
nobody who is gone comes back (truth 3).

Each walk is a chain of acts drawn from a seed, beside a plain account of what each person said, who
holds them and who is gone; after each act the office is asked and may not say more than the account.
A walk that fails says its acts.
"""

import os
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from crm import contacts, merge
from crm.contacts import Entry, SourceFacts
from crm.enums import Channel as CameBy
from crm.enums import ImportState, ImportStrategy, SourceType
from crm.forms import ContactPointForm
from crm.models import Contact, ContactPoint, ImportBatch, Merge
from crm.names import Names
from privacy import consent, disposal, gate, holds, suppression
from privacy.enums import (
    Channel,
    ConsentKind,
    ConsentMethod,
    DisposalCause,
    HoldReason,
    PointKind,
)
from privacy.errors import PrivacyError
from privacy.models import LegalHold
from privacy.suppression import Point
from tests.crm.importing import imported, member, undone
from tests.factories.crm import RoleFactory
from tests.factories.privacy import NoticeFactory, weigh

pytestmark = [pytest.mark.django_db, pytest.mark.both]

TODAY = timezone.localdate()
# Few addresses, so that records share them.
EMAILS = [f"pool{n}@example.com" for n in range(9)]
COUNTRY = "SG"
ASKED = (
    ("promotion", Channel.EMAIL),
    ("promotion", Channel.PHONE),
    ("newsletter", Channel.EMAIL),
    # Of our own interests, without asking: here an objection alone stops us.
    ("service-improvement", ""),
)
HEADER = "First Name,Last Name,E-mail,Country,Opt-out\n"


@dataclass
class Person:
    """One human being: the last thing that they said about each question, by its number."""

    noes: dict[tuple[str, str], int] = field(default_factory=dict)
    yeses: dict[tuple[str, str], int] = field(default_factory=dict)

    def refuses(self, purpose, channel):
        about = (purpose, "marketing") if channel else (purpose,)
        said = max(self.noes.get((one, channel), 0) for one in about)
        return said > self.yeses.get((purpose, channel), 0)


class Walk:
    """The office and the account of it, side by side."""

    def __init__(self, seed, by):
        self.draw = random.Random(seed)
        self.by = by
        self.notice = NoticeFactory()
        weigh("service-improvement")
        self.moment = 0
        # Living rows by primary key, and the human beings whose record each is.
        self.rows: dict[int, list[Person]] = {}
        # By whom was kept and who went: an undo of an import makes a merge anew.
        self.joined: dict[tuple[int, int], tuple[list[Person], list[Person]]] = {}
        self.held: dict[int, list[Person]] = {}
        self.gone: set[int] = set()
        self.brought_in: dict[int, set[int]] = {}
        self.acts: list[str] = []
        self.seen: Counter = Counter()

    def step(self):
        name = self.draw.choices(list(ACTS), weights=list(ACTS.values()))[0]
        self.moment += 1
        self.acts.append(name)
        try:
            with transaction.atomic():
                getattr(self, name)()
        except (PrivacyError, IntegrityError) as refusal:
            self.acts[-1] += f" (refused: {type(refusal).__name__})"
            self.seen["refused"] += 1
        else:
            self.seen[name] += 1
        try:
            self.look()
        except AssertionError as broken:
            raise AssertionError(f"{broken}; the acts were {self.acts}") from broken

    def anyone(self):
        return Contact.objects.get(pk=self.draw.choice(sorted(self.rows)))

    # --- acts -----------------------------------------------------------------------------------

    def enter(self):
        emails = self.draw.sample(EMAILS, self.draw.choice([1, 1, 2]))
        entry = Entry(
            names=Names(latin_family_name="Ashworth", latin_given_name=f"P{self.moment}"),
            country=COUNTRY,
            points=[Point(PointKind.EMAIL, email) for email in emails]
            + [Point(PointKind.PHONE, f"+852512300{self.draw.randrange(10, 20)}")],
        )
        source = SourceFacts(SourceType.CARD, TODAY - timedelta(days=9))
        person = contacts.enter(entry, source=source, by=self.by)
        self.rows[person.pk] = [Person()]

    def say_no(self):
        person, (purpose, channel) = self.anyone(), self.draw.choice(ASKED)
        if channel:
            purpose = self.draw.choice([purpose, "marketing"])
        facts = {"purpose": purpose, "channels": [channel], "method": ConsentMethod.EMAIL}
        match self.draw.choice(["refuse", "withdraw", "object"]):
            case "refuse":
                consent.refuse([person.pk], **facts, by=self.by)
            case "withdraw":
                consent.withdraw(person, **facts, by=self.by)
            case "object":
                consent.object_to(person, **facts, by=self.by)
        for human in self.rows[person.pk]:
            human.noes[purpose, channel] = self.moment

    def say_yes(self):
        person, (purpose, channel) = self.anyone(), self.draw.choice(ASKED[:3])
        self._yes(person, purpose, channel, ConsentMethod.ONLINE)
        for human in self.rows[person.pk]:
            human.yeses[purpose, channel] = self.moment

    def claim_yes(self):
        """A list somewhere says that they agreed: nobody's own word."""
        self._yes(self.anyone(), *self.draw.choice(ASKED[:3]), ConsentMethod.IMPORT)

    def _yes(self, person, purpose, channel, method):
        consent.record(
            person,
            purpose=purpose,
            channel=channel,
            kind=ConsentKind.GIVEN,
            method=method,
            by=self.by,
            wording_text="yes",
            notice=self.notice,
            evidence="form 4",
        )

    def give_no_answer(self):
        person, (purpose, channel) = self.anyone(), self.draw.choice(ASKED)
        consent.record(
            person,
            purpose=purpose,
            channel=channel,
            kind=ConsentKind.NOT_ANSWERED,
            method=ConsentMethod.EMAIL,
            by=self.by,
        )

    def hold(self):
        person = self.anyone()
        placed = holds.place(
            person,
            matter="HCA-1",
            reason=HoldReason.CLAIM,
            owner=self.by,
            review_on=TODAY + timedelta(days=90),
            by=self.by,
        )
        self.held[placed.pk] = list(self.rows[person.pk])

    def release(self):
        if self.held:
            placed = self.draw.choice(sorted(self.held))
            holds.release(LegalHold.objects.get(pk=placed), by=self.by)
            del self.held[placed]

    def merge(self):
        if len(self.rows) > 1:
            kept, gone = (
                Contact.objects.get(pk=pk) for pk in self.draw.sample(sorted(self.rows), 2)
            )
            choices = {name: "gone" for name in merge.CHOICES if self.draw.random() < 0.3}
            made = merge.merge(kept, gone, choices, by=self.by)
            self._join(made.kept_id, made.gone_id)

    def undo_merge(self):
        made = Merge.objects.filter(kept__in=self.rows).order_by("pk")
        if found := list(made):
            one = self.draw.choice(found)
            kept, gone = one.kept_id, one.gone_id
            merge.undo(one, by=self.by)
            self._part(kept, gone)

    def _join(self, kept, gone):
        self.joined[kept, gone] = (self.rows[kept], self.rows[gone])
        self.rows[kept] = self.rows[kept] + self.rows.pop(gone)

    def _part(self, kept, gone):
        _mine, theirs = self.joined.pop((kept, gone))
        self.rows[gone] = theirs
        self.rows[kept] = [p for p in self.rows[kept] if all(p is not t for t in theirs)]

    def edit(self):
        contacts.correct(self.anyone(), {"latin_given_name": f"Edited{self.moment}"}, by=self.by)

    def add_point(self):
        """As the person's page does it."""
        person = self.anyone()
        data = {
            "kind": PointKind.EMAIL,
            "value": self.draw.choice(EMAILS).upper(),
            "usage": "private",
            "came_by": CameBy.FORM,
        }
        form = ContactPointForm(data, instance=ContactPoint(contact=person))
        if form.is_valid():
            form.save()
            contacts.index([person.pk])

    def change_point(self):
        point = ContactPoint.objects.filter(contact__in=self.rows).order_by("pk").first()
        if point:
            point.value, point.kind = self.draw.choice(EMAILS), PointKind.EMAIL
            point.save()

    def drop_point(self):
        points = ContactPoint.objects.filter(contact__in=self.rows).order_by("pk")
        if found := list(points):
            self.draw.choice(found).delete()

    def give_role(self):
        RoleFactory(contact=self.anyone())

    def bring_in(self):
        """A file with people known and unknown, some of whom it says opted out."""
        lines = [
            (f"F{self.moment}-{n}", email, self.draw.choice(["", "", "yes", "no"]))
            for n, email in enumerate(self.draw.sample(EMAILS, 3))
        ]
        content = HEADER + "".join(
            f"{name},Ashworth,{email},{COUNTRY},{out}\n" for name, email, out in lines
        )
        batch = imported(content, by=self.by, strategy=self.draw.choice(ImportStrategy.values))
        entered = set(Contact.objects.living().values_list("pk", flat=True)) - set(self.rows)
        self.rows |= {pk: [Person()] for pk in entered}
        self.brought_in[batch.pk] = entered
        for _name, email, out in lines:
            if out != "yes":
                continue
            bearers = ContactPoint.objects.filter(
                normal_form=email, contact__disposed_at=None
            ).values_list("contact", flat=True)
            for pk in bearers:
                for human in self.rows[pk]:
                    for channel in Channel.values:
                        human.noes["marketing", channel] = self.moment

    def undo_import(self):
        batches = ImportBatch.objects.filter(pk__in=self.brought_in, state=ImportState.DONE)
        if found := list(batches.order_by("pk")):
            batch = self.draw.choice(found)
            undone(batch, by=self.by)
            # Merges of whom it entered were taken apart; whoever is left is one again.
            stand = set(Merge.objects.order_by("pk").values_list("kept", "gone"))
            for pair in [pair for pair in reversed(self.joined) if pair not in stand]:
                if pair[0] in self.rows:
                    self._part(*pair)
            for pair in Merge.objects.order_by("pk").values_list("kept", "gone"):
                if pair not in self.joined and set(pair) <= self.rows.keys():
                    self._join(*pair)
            gone = set(self.rows) - set(Contact.objects.living().values_list("pk", flat=True))
            assert gone <= self.brought_in[batch.pk]
            self._bury(gone)

    def forget(self):
        self._dispose(self.anyone(), DisposalCause.RETENTION)

    def erase(self):
        """As an erasure does it: what would lead to them is suppressed, then they go."""
        person = self.anyone()
        if not holds.in_force([person.pk], on=TODAY):
            if person.points.exists():
                suppression.suppress_subject(person.pk, by=self.by)
            self._dispose(person, DisposalCause.ERASURE)

    def _dispose(self, person, cause):
        done = disposal.dispose([person.pk], cause=cause, by=self.by, on=TODAY)
        self._bury(done.disposed)

    def _bury(self, pks):
        for pk in pks:
            assert not self._holds_on(self.rows[pk])
            self.rows.pop(pk)
            self.gone.add(pk)

    # --- what must be so after each of them -----------------------------------------------------

    def _holds_on(self, humans):
        return [
            placed
            for placed, held in self.held.items()
            if any(one is other for one in humans for other in held)
        ]

    def look(self):
        living = set(Contact.objects.living().values_list("pk", flat=True))
        assert living == set(self.rows)
        self._look_at_words()
        self._look_at_holds()
        self._look_at_the_gone()

    def _look_at_words(self):
        for purpose, channel in ASKED:
            for pk, answer in gate.ask(list(self.rows), purpose=purpose, channel=channel).items():
                refused = any(human.refuses(purpose, channel) for human in self.rows[pk])
                assert not (refused and answer.is_yes), (pk, purpose, channel, answer)
                self.seen["allowed" if answer.is_yes else "stopped"] += 1

    def _look_at_holds(self):
        in_force = holds.in_force(list(self.rows), on=TODAY)
        references = dict(LegalHold.objects.values_list("pk", "reference"))
        for pk, humans in self.rows.items():
            wanted = {str(references[placed]) for placed in self._holds_on(humans)}
            assert wanted <= set(in_force.get(pk, ())), (pk, "lost a hold")

    def _look_at_the_gone(self):
        tombs = Contact.objects.exclude(disposed_at=None)
        assert self.gone & set(self.rows) == set()
        for person in tombs:
            assert not any(getattr(person, name) for name in contacts.NAMES)
        assert not ContactPoint.objects.filter(contact__in=tombs).exists()
        points = [Point(*row) for row in ContactPoint.objects.values_list("kind", "value")]
        assert not any(suppression.refused(points)), "a suppressed point lives"


# The acts, with how often each is drawn.
ACTS = {
    "enter": 8,
    "say_no": 8,
    "say_yes": 8,
    "claim_yes": 4,
    "give_no_answer": 2,
    "hold": 4,
    "release": 2,
    "merge": 12,
    "undo_merge": 7,
    "edit": 2,
    "add_point": 3,
    "change_point": 2,
    "drop_point": 2,
    "give_role": 1,
    "bring_in": 4,
    "undo_import": 3,
    "forget": 2,
    "erase": 3,
}
STEPS = 40
# The first of each kind that found something, and some more; `WALKS=500` walks on.
SEEDS = [6, 10, *range(100, 100 + int(os.environ.get("WALKS", "5")))]


def walked(seed):
    walk = Walk(seed, member())
    for _person in range(4):
        walk.enter()
    for _step in range(STEPS):
        if walk.rows:
            walk.step()
    return walk


@pytest.mark.parametrize("seed", SEEDS)
def test_no_stays_no_a_hold_holds_and_nobody_comes_back(seed):
    walked(seed)


def test_a_walk_does_what_it_is_there_for():
    """One in which nothing is allowed, or nobody merged, would prove nothing."""
    seen = walked(10).seen

    assert {"merge", "undo_merge", "bring_in", "erase", "allowed", "stopped"} <= set(seen)
