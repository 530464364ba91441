"""Tasks of the privacy office."""

from celery import shared_task

from privacy import files


@shared_task(name="privacy.remove_files")
def remove_files() -> None:
    """Unlink what an interrupted disposal left named."""
    files.remove()
