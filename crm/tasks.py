"""Tasks of the business: numbers of accounts go to the broker, nothing else does."""

from celery import shared_task
from django.utils import timezone

from crm import duplicates, invitations, leavers


@shared_task(name="crm.send_forgotten")
def send_forgotten(account: int) -> None:
    """Mail a link to set a new password; 0 stands for an address that nobody has."""
    invitations.send_forgotten(account)


@shared_task(name="crm.disable_leavers")
def disable_leavers() -> None:
    """Disable the accounts of whoever left yesterday or before, and set their clocks."""
    today = timezone.localdate()
    leavers.disable(on=today)
    leavers.settle(on=today)


@shared_task(name="crm.find_duplicates")
def find_duplicates() -> None:
    """Look for records that may be one person's."""
    duplicates.refresh()
