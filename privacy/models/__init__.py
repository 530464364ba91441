"""The tables of the privacy office."""

from privacy.models.consent import ConsentEvent
from privacy.models.disclosure import DisclosedPerson, Disclosure
from privacy.models.dispatch import Delivery, Dispatch
from privacy.models.disposal import Disposal, FileRemoval, Permit
from privacy.models.hold import HoldCover, LegalHold
from privacy.models.installation import Installation
from privacy.models.journal import JournalEntry, JournalKey
from privacy.models.ledger import WaitingLine
from privacy.models.left_mail import LeftMail
from privacy.models.notices import Notice, NoticeGiven, Wording
from privacy.models.objections import Objection
from privacy.models.opt_outs import OptOut
from privacy.models.parties import LegalEntity, Office
from privacy.models.purposes import Assessment, Purpose
from privacy.models.quarantine import Quarantine
from privacy.models.registers import Processor, RoleOfFirm, Tracker
from privacy.models.removal import Removal
from privacy.models.residue import Finding
from privacy.models.restriction import Restriction
from privacy.models.seals import SealKey
from privacy.models.sign_up import PendingSignUp
from privacy.models.suppression import SuppressionEntry, SuppressionKey
from privacy.models.waiting_task import WaitingTask

__all__ = [
    "Assessment",
    "ConsentEvent",
    "Delivery",
    "DisclosedPerson",
    "Disclosure",
    "Dispatch",
    "Disposal",
    "FileRemoval",
    "Finding",
    "HoldCover",
    "Installation",
    "JournalEntry",
    "JournalKey",
    "LeftMail",
    "LegalEntity",
    "LegalHold",
    "Notice",
    "NoticeGiven",
    "Objection",
    "Office",
    "OptOut",
    "PendingSignUp",
    "Permit",
    "Processor",
    "Purpose",
    "Quarantine",
    "Removal",
    "Restriction",
    "RoleOfFirm",
    "SealKey",
    "SuppressionEntry",
    "SuppressionKey",
    "Tracker",
    "WaitingLine",
    "WaitingTask",
    "Wording",
]
