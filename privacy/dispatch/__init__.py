"""One message to each of many people, through the gate, once (DESIGN 19; S40, S41, S52, S58).

A dispatch is prepared in both languages, addressed to people whom the gate lets through, approved
by a second person, and sent by workers one message at a time. Before each message the person is
locked and the gate asked again: a withdrawal comes before it and stops it, or waits until it is
out. A message that a dying worker or server may have sent is never sent again.
"""

from privacy.dispatch.acts import (
    UNREACHABLE,
    address,
    approve,
    cancel,
    cancel_waiting,
    drafts,
    hold_back,
    pause,
    prepare,
    progress,
    send_test,
    start,
)
from privacy.dispatch.message import Text
from privacy.dispatch.work import unfinished, work

__all__ = [
    "UNREACHABLE",
    "Text",
    "address",
    "approve",
    "cancel",
    "cancel_waiting",
    "drafts",
    "hold_back",
    "pause",
    "prepare",
    "progress",
    "send_test",
    "start",
    "unfinished",
    "work",
]
