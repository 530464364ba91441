"""Certificates: what one night did, counted, sealed and linked to the night before.

Whoever closes a run issues its certificate in the same transaction. It carries the counts by rule
and table, the rules and the code in force, and the journal's head; nobody's name or address. That
it agrees with the database and with the ledger outside it is proved each night, as soon as the run
has closed (Art. 5(2); S99).
"""

import hmac
import logging
from typing import Any

from django.conf import settings
from django.utils import timezone

from privacy import disposal, evidence, journal
from privacy.errors import LedgerUnreadable
from retention.enums import BatchState
from retention.errors import CertificateBroken, EvidenceDisagrees
from retention.models import Certificate, SweepRun

log = logging.getLogger(__name__)

FORMAT = 1
# Where a finding says that something is wrong.
PLACE = "certificate"


def issue(night: SweepRun) -> Certificate:
    """Certify a run that has just been closed; call it with the run locked."""
    last = Certificate.objects.order_by("-number").first()
    certificate = Certificate(
        number=last.number + 1 if last else 1,
        run=night,
        issued_at=timezone.now(),
        content=_content(night),
        previous_digest=last.digest if last else journal.GENESIS,
    )
    certificate.digest = _digest(certificate)
    certificate.save(force_insert=True)
    return certificate


def verify() -> int:
    """Walk the whole chain; returns its length, CertificateBroken names the first bad one."""
    previous, number = journal.GENESIS, 0
    for certificate in Certificate.objects.order_by("number").iterator():
        number += 1
        if (
            certificate.number != number
            or certificate.previous_digest != previous
            or not hmac.compare_digest(certificate.digest, _digest(certificate))
        ):
            raise CertificateBroken(number)
        previous = certificate.digest
    return number


def reconcile(certificate: Certificate) -> int:
    """Count its people again in database and ledger; returns how many they agree on."""
    said = certificate.content["people"]
    database, ledger = disposal.evidence_of(certificate.content["intents"])
    if not said == database == ledger:
        raise EvidenceDisagrees(certificate.number, said=said, database=database, ledger=ledger)
    return said


def prove() -> int:
    """Walk the chain and count each certificate's people again; returns how many disagree.

    Each of these, and a broken chain, is a finding until all is well again. A ledger that cannot
    be read is told by the proof of the evidence itself.
    """
    try:
        verify()
    except CertificateBroken as fault:
        log.error("%s", fault)  # noqa: TRY400 - its sentence names a number and no person
        evidence.note(PLACE, broken=True)
    else:
        evidence.note(PLACE, broken=False)
    try:
        database, ledger = disposal.evidence()
    except LedgerUnreadable as fault:
        log.error("%s", fault)  # noqa: TRY400 - its sentence names a line and no person
        return 0
    disagree = 0
    for certificate in Certificate.objects.order_by("number").iterator():
        said, intents = certificate.content["people"], set(certificate.content["intents"])
        counts = {said, *(sum(source[i] for i in intents) for source in (database, ledger))}
        disagree += len(counts) > 1
        evidence.note(PLACE, row=str(certificate.uuid), broken=len(counts) > 1)
    if disagree:
        log.error("%s certificates disagree with database or ledger", disagree)
    return disagree


def _content(night: SweepRun) -> dict[str, Any]:
    batches = list(night.batches.all())
    intents = [batch.counts["intent"] for batch in batches if batch.counts.get("intent")]
    head = journal.head()
    return {
        "format": FORMAT,
        "run": str(night.uuid),
        "night": str(night.night),
        "rule_set": night.rule_set,
        "version": settings.VERSION,
        "started_at": night.started_at.isoformat(),
        "finished_at": night.finished_at.isoformat() if night.finished_at else None,
        "state": str(night.state),
        "rules": {
            name: {
                "due": counts["due"],
                "held": counts["held"],
                "halted": counts["halted"],
                "disposed": counts["disposed"],
                "tables": counts["tables"],
            }
            for name, counts in sorted(night.counts.items())
        },
        "people": sum(b.counts["disposed"] for b in batches if b.counts.get("intent")),
        "intents": sorted(intents),
        "failed_batches": sum(batch.state == BatchState.FAILED for batch in batches),
        "journal": {"number": head.number, "digest": head.digest} if head else None,
    }


def _digest(certificate: Certificate) -> str:
    return journal.seal(
        [
            certificate.number,
            str(certificate.uuid),
            certificate.issued_at.isoformat(timespec="microseconds"),
            certificate.content,
            certificate.previous_digest,
        ]
    )
