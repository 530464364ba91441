"""Addresses of the public pages, below their language."""

from django.urls import path

from privacy.public import accuracy, preferences, receipts, sign_up, unsubscribe, views

app_name = "public"
urlpatterns = [
    path("privacy/", views.start, name="start"),
    path("privacy/notice/", views.notice, name="notice"),
    path("privacy/notice/<str:version>/", views.notice, name="notice_version"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("cookies/", views.cookies, name="cookies"),
    path("preferences/", preferences.ask, name="preferences_ask"),
    path("preferences/<str:token>/", preferences.centre, name="preferences"),
    path("sign-up/", sign_up.ask, name="sign_up"),
    path("sign-up/confirm/<str:token>/", sign_up.confirm, name="sign_up_confirm"),
    path("receipt/<str:token>/", receipts.receipt, name="receipt"),
    path("still-right/<str:token>/", accuracy.still_right, name="still_right"),
    path("u/<str:token>/", unsubscribe.unsubscribe, name="unsubscribe"),
]
