"""Addresses: the console, and whether the machine is well."""

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from config.health import healthz
from crm.views import forgotten, set_password

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("healthz", healthz),
    # The name by which the sign-in page finds it.
    path("account/forgotten/", forgotten, name="admin_password_reset"),
    path("account/password/<str:account>/<str:token>/", set_password, name="set_password"),
    path("admin/", admin.site.urls),
]
