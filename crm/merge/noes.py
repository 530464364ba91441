"""What each of the two said "no" to, and how the other is made to have said it too."""

from typing import Any

from crm.models import Contact
from privacy import consent
from privacy.consent import Event, Question
from privacy.enums import ConsentKind

Noes = dict[Question, Event]


def noes_of(person: Contact) -> Noes:
    """Questions to which this person's last word was "no", with the event that says so."""
    return consent.noes([person.pk])[person.pk]


def carry(noes: Noes, *, to: Contact, reference: str, by: Any) -> None:
    """Say each "no" again for this person: it counts at once, in the ledger too."""
    for (purpose, channel, topic), event in noes.items():
        facts = {
            "purpose": purpose,
            "channels": [channel],
            "method": event.method,
            "evidence": f"merge {reference}",
            "by": by,
        }
        match ConsentKind(event.kind):
            case ConsentKind.OBJECTED if not topic:
                consent.object_to(to, **facts)
            case ConsentKind.WITHDRAWN:
                consent.withdraw(to, **facts, topic=topic)
            case _:
                consent.refuse([to.pk], **facts, topic=topic)
