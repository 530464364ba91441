"""The guards are awake: a value in a log line or in a cookie fails a test."""

import logging
import sys
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import path
from django.utils import timezone

from tests import conftest, guards

NAME = "Zéphyrine Quillfeather"


def cookie(request):
    response = HttpResponse("")
    response.set_cookie("last", quote(request.GET["name"]))
    return response


urlpatterns = [path("", cookie)]


def test_a_name_in_a_log_line_fails_the_test():
    with pytest.raises(AssertionError, match="1 value.* in a log"), guards.guard({NAME}):
        logging.getLogger("somewhere").warning("no row for %s", NAME)


def test_a_name_in_a_trace_fails_the_test():
    with pytest.raises(AssertionError, match="in a log"), guards.guard({NAME}):
        try:
            int(NAME)
        except ValueError:
            logging.getLogger("somewhere").exception("it failed")


def test_a_reference_in_a_log_line_passes():
    with guards.guard({NAME}):
        logging.getLogger("somewhere").warning("no row for %s", 17)


def test_a_name_in_a_cookie_fails_the_test(settings):
    settings.ROOT_URLCONF = __name__

    with pytest.raises(AssertionError, match="in a cookie"), guards.guard({NAME}):
        Client().get("/", {"name": NAME})


def test_the_report_of_a_guard_does_not_repeat_the_value():
    with pytest.raises(AssertionError) as report, guards.guard({NAME}):
        logging.getLogger("somewhere").warning(NAME)

    assert NAME not in str(report.value)


TODAY = timezone.localdate()


@pytest.mark.parametrize("days", [0, 1, 2])
def test_a_run_that_crosses_midnight_goes_on_with_the_new_day(monkeypatch, request, days):
    monkeypatch.setattr(sys.modules[__name__], "TODAY", conftest.BEGUN_ON)
    tomorrow = conftest.BEGUN_ON + timedelta(days=days)
    monkeypatch.setattr(conftest.timezone, "localdate", lambda: tomorrow)

    conftest.go_on_with_the_day(request.module)

    assert tomorrow == TODAY
