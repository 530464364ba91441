"""Tables to which rows are added and from which nothing is taken (S95)."""

from typing import Any, ClassVar, NoReturn

from django.db import models

from privacy.errors import AppendOnly


class AppendOnlyQuerySet(models.QuerySet):
    """Reads and adds; the triggers of the database refuse the rest even to raw SQL."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnly(f"{self.model._meta.label} is append-only.")

    def delete(self) -> NoReturn:
        raise AppendOnly(f"{self.model._meta.label} is append-only.")

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly(f"{self.model._meta.label} is append-only.")


class AppendOnlyModel(models.Model):
    """Base of every append-only table; `post_migrate` gives each its triggers."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly(f"{self._meta.label} is append-only.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly(f"{self._meta.label} is append-only.")


class SealedModel(AppendOnlyModel):
    """A row that may be corrected until the column `sealed_by` is filled, and never after it."""

    sealed_by: ClassVar[str] = ""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        stored = type(self)._base_manager.filter(pk=self.pk)
        if stored.filter(**{f"{self.sealed_by}__isnull": True}).exists():
            models.Model.save(self, *args, **kwargs)
            return
        super().save(*args, **kwargs)
