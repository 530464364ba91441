"""Addresses: the console, the public pages, and whether the machine is well."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from config import sign_in
from config.health import healthz
from crm.views import forgotten, set_password
from privacy.public import sms

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("healthz", healthz),
    # The name by which the sign-in page finds it.
    path("account/forgotten/", forgotten, name="admin_password_reset"),
    path("account/password/<str:account>/<str:token>/", set_password, name="set_password"),
    path("account/code/", sign_in.second_step, name="second_factor"),
    path("account/second-factor/", sign_in.own, name="own_second_factor"),
    path("account/second-factor/app/", sign_in.enrol, name="enrol"),
    path("admin/", admin.site.urls),
    path("hooks/sms/", sms.reply, name="sms_reply"),
    # Each of them in each language, which its address says.
    *i18n_patterns(path("", include("privacy.public.urls"))),
]
handler404 = "config.errors.not_found"
