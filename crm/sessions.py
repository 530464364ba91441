"""Sessions of operators: ended at once where an account may no longer do what it did (Art. 32)."""

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone

from crm.models import User


def end(user: User) -> int:
    """Sign this operator out everywhere; returns how many sessions ended.

    A session says whose it is inside its own text alone, so each living one is read.
    """
    theirs = [
        session.pk
        for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator()
        if session.get_decoded().get(SESSION_KEY) == str(user.pk)
    ]
    return Session.objects.filter(pk__in=theirs).delete()[0]
