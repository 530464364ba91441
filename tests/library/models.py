import uuid

from django.core.files.storage import Storage, storages
from django.db import models


def shelf() -> Storage:
    return storages["documents"]


class Reader(models.Model):
    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    name = models.CharField(max_length=100, blank=True)
    card = models.CharField(max_length=40, blank=True)
    last_visit_on = models.DateField(null=True)
    disposed_at = models.DateTimeField(null=True)


class Loan(models.Model):
    reader = models.ForeignKey(Reader, on_delete=models.PROTECT)
    title = models.CharField(max_length=100)
    fined_on = models.DateField(null=True)


class Note(models.Model):
    loan = models.ForeignKey(Loan, on_delete=models.PROTECT)
    text = models.TextField()
    scan = models.FileField(storage=shelf, blank=True)
