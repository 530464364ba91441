"""Tasks of the privacy office."""

from celery import current_app, shared_task
from django.utils import timezone

from privacy import (
    dispatch,
    disposal,
    evidence,
    files,
    hold_reviews,
    ledger,
    link_mail,
    mailbox,
    quarantine,
    queues,
    residue,
    sign_up,
    suppression,
)


@shared_task(name="privacy.remove_files")
def remove_files() -> None:
    """Unlink what an interrupted disposal left named, and empty SQLite's write-ahead log."""
    files.remove()
    disposal.settle()


@shared_task(name="privacy.write_ledger")
def write_ledger() -> None:
    """Write the lines that wait because the ledger could not be written when they were made."""
    ledger.write_waiting()


@shared_task(name="privacy.settle_findings")
def settle_findings() -> None:
    """Settle the findings whose row a later batch or night has taken."""
    residue.settle_gone()


@shared_task(name="privacy.find_smuggled")
def find_smuggled() -> None:
    """Look for suppressed points that raw SQL let in past the guard."""
    suppression.note_smuggled()


@shared_task(name="privacy.renew_forms")
def renew_forms() -> None:
    """Turn stored links of an older version into today's form."""
    suppression.renew_forms()


@shared_task(name="privacy.find_unopened")
def find_unopened() -> None:
    """Look for stored files that do not open: nobody can say whom they mention."""
    residue.look_unopened()


@shared_task(name="privacy.end_quarantine")
def end_quarantine() -> None:
    """Delete the sensitive texts about which nobody decided, or whose time is over."""
    quarantine.end(on=timezone.localdate())


@shared_task(name="privacy.remind_of_holds")
def remind_of_holds() -> None:
    """Mail the owners of holds whose review date is near or over."""
    hold_reviews.remind(on=timezone.localdate())


@shared_task(name="privacy.prove_evidence")
def prove_evidence() -> None:
    """Prove journal and ledger, then anchor the one in the other."""
    evidence.prove()


@shared_task(name="privacy.send_dispatch")
def send_dispatch(reference: str) -> None:
    """Send what is due of a message to many."""
    dispatch.work(reference)


@shared_task(name="privacy.dispatches_watchdog")
def dispatches_watchdog() -> None:
    """Go on with every message to many that is being sent, where no worker is at it."""
    for one in dispatch.unfinished():
        dispatch.work(one.reference)


@shared_task(name="privacy.send_preferences_link")
def send_preferences_link(subject_pks: list[int], lock: str) -> None:
    """Mail the link to their choices to those who asked for it; often that is nobody."""
    link_mail.send(subject_pks, lock)


@shared_task(name=queues.CARRY_OUT)
def carry_out(reference: str) -> None:
    """Do what a page handed over."""
    queues.carry_out(reference, lambda task: current_app.tasks[task].run)


@shared_task(name="privacy.tasks_watchdog")
def tasks_watchdog() -> None:
    """Hand over again what the broker did not take, or whose worker died."""
    for reference in queues.left():
        queues.tell(queues.CARRY_OUT, reference)


@shared_task(name="privacy.send_sign_up")
def send_sign_up(reference: str) -> None:
    """Mail the link that confirms a sign-up; a server that is down is asked again."""
    sign_up.send(reference)


@shared_task(name="privacy.fetch_mail")
def fetch_mail() -> None:
    """Read the mail that came back; a mailbox that does not answer is asked again next time."""
    mailbox.fetch()
