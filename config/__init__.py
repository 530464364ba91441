"""How Lethe is put together. The Celery app is made here, so that tasks find it."""

from config.celery import app

__all__ = ["app"]
