"""The office's list of tags."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from crm import tags
from crm.models import Tag
from privacy.operations import Operation, OperationForm, OperationsMixin, ViewOnlyAdmin


class TagForm(OperationForm):
    """A short word."""

    name = forms.CharField(
        label=_("Name"),
        max_length=40,
        help_text=_("Everybody in the office sees it. Nothing of health, belief or origin."),
    )


def add(*, name: str, by: Any) -> Tag:
    """Add the word to the list."""
    return tags.add(name, by=by)


def remove(tag: Tag, *, by: Any) -> None:
    """Take the word from the list."""
    tags.remove(tag, by=by)


@admin.register(Tag)
class TagAdmin(OperationsMixin, ViewOnlyAdmin):
    """Short words for groups of people, and on how many they stand."""

    list_display = ("name", "number")
    search_fields = ("name",)
    fields = ("name", "number")
    readonly_fields = ("number",)
    operations = (
        Operation("add_tag", _("Add a tag"), "crm.add_tag", add, TagForm, on_list=True),
        Operation(
            "remove",
            _("Remove"),
            "crm.delete_tag",
            remove,
            explanation=_("It is taken from everybody who has it, too."),
            dangerous=True,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(_number=Count("people"))

    @admin.display(description=_("people"), ordering="_number")
    def number(self, tag: Any) -> int:
        return tag._number
