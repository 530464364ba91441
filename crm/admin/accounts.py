"""Operators, teams and roles: for whoever runs the machine, who reads no one's data."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from crm.models import Team, User
from privacy.operations import RecordAdmin


@admin.register(User)
class UserAdmin(DjangoUserAdmin, RecordAdmin):
    """An operator. Nobody grants single permissions here: roles do."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "team", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "groups", "team")
    list_select_related = ("team",)
    search_fields = ("username",)
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Name"), {"fields": ("first_name", "last_name", "email")}),
        (_("Work"), {"fields": ("team", "groups", "is_active", "is_staff")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever is not a superuser neither changes one nor takes over their password."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or not obj.is_superuser or request.user.is_superuser)


@admin.register(Team)
class TeamAdmin(RecordAdmin):
    """Operators who look after the same people."""

    list_display = ("name",)
    search_fields = ("name",)


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, RecordAdmin):
    """Roles; the program's own are reset at each migration."""

    list_display = ("name",)
    search_fields = ("name",)
