"""Addresses of the public pages, below their language."""

from django.urls import path

from privacy.public import unsubscribe, views

app_name = "public"
urlpatterns = [
    path("privacy/", views.start, name="start"),
    path("privacy/notice/", views.notice, name="notice"),
    path("privacy/notice/<str:version>/", views.notice, name="notice_version"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("u/<str:token>/", unsubscribe.unsubscribe, name="unsubscribe"),
]
