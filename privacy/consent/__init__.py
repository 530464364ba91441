"""Consent: an append-only ledger of what people said, and where each stands on any day.

One event, one purpose and channel, with method, wording, notice and evidence; refusals and
non-answers are events too (S74 to S77). A “no” counts from its receipt, reaches the ledger outside
the database and, for marketing, the suppression file; nothing but the person's own later “yes”
takes it back; it stands here, whatever a browser forgets (S81). Serves Art. 7 and 21 GDPR,
s.35C to 35L PDPO.
"""

from privacy.consent.events import given_by_themselves, object_to, record, refuse, withdraw
from privacy.consent.matrix import matrix
from privacy.consent.merged import joined, parted
from privacy.consent.standing import (
    Event,
    Question,
    Standing,
    events_about,
    first_and_latest,
    noes,
    state,
    states,
    subscribed,
)

__all__ = [
    "Event",
    "Question",
    "Standing",
    "events_about",
    "first_and_latest",
    "given_by_themselves",
    "joined",
    "matrix",
    "noes",
    "object_to",
    "parted",
    "record",
    "refuse",
    "state",
    "states",
    "subscribed",
    "withdraw",
]
