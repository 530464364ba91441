"""Every page of the console in a real browser: wide and narrow, light and dark, empty and full.

Which pages there are is asked of the permission table; an address that is in no table fails.
On none of them is there an error, a breach of the Content-Security-Policy, a request to another
host, a sideways scroll, or anything that axe-core finds at WCAG 2.2 AA.
"""

import pytest
from django.contrib import admin
from django.urls import get_resolver, reverse

from config import roles
from privacy import trackers
from tests.browser.chromium import NARROW, WIDE
from tests.browser.people import name_of
from tests.config.test_permissions import TABLE, address

pytestmark = pytest.mark.browser

VIEWS = {"L": "changelist", "A": "add", "V": "change", "H": "history"}
# Pages that belong to no table, and who opens them; nobody is ''.
OTHERS = {
    "admin:login": "",
    "admin_password_reset": "",
    "own_second_factor": name_of(roles.OFFICER),
    "admin:index": name_of(roles.OFFICER),
    "admin:field_register": name_of(roles.OFFICER),
    "admin:mail": name_of(roles.SYSTEM),
    "admin:password_change": name_of(roles.OFFICER),
    "admin:due_list": name_of(roles.OFFICER),
    "admin:untold_list": name_of(roles.OFFICER),
    "admin:letters_list": name_of(roles.OFFICER),
    "admin:retention_forecast": name_of(roles.OFFICER),
}
# Whatever is on file.
ALWAYS_THE_SAME = {"admin:field_register", "admin:password_change", "own_second_factor"}
# Opened on the way of a journey, or no page: an answer to a script, a file, a way to elsewhere.
# The forms above a list: they answer to a POST alone, and lead back to the list.
POSTED = ("_save_view", "_remove_view")
NO_PAGE = {
    "": "healthz, and ways to elsewhere",
    "set_password": "a journey opens it",
    "second_factor": "a journey opens it",
    "enrol": "a journey opens it",
    "admin:mail_message": "a journey opens it",
    "admin:search": "the palette asks it",
    "admin:autocomplete": "a field asks it",
    "admin:jsi18n": "a script",
    "admin:logout": "a journey takes it",
    "admin:view_on_site": "leads elsewhere",
    "admin:password_change_done": "needs a change first",
    "admin:auth_user_password_change": "refused to everybody",
    "admin:app_list": "the lists of one app, as the dashboard of Django shows them",
    "sms_reply": "the provider of SMS posts to it",
    "admin:crm_importbatch_rejects": "a file",
    "admin:crm_document_download": "a file",
    "admin:retention_certificate": "a file",
    "admin:retention_forecast_csv": "a file",
}
# What a narrow page can do worse than the wide one, whose elements and colours are the same.
MEASURED = ["target-size", "scrollable-region-focusable", "button-name", "link-name", "label"]
# Colours on their way from one theme to the other are of neither.
IN_THEME = """dark => {
  document.documentElement.classList.toggle("dark", dark);
  document.getAnimations().forEach((one) => { try { one.finish(); } catch { /* endless */ } });
}"""
REGISTERED = {own.name for own in trackers.OWN}
SIMPLE_HISTORY = "simple_history"


def table_pages():
    """Each list, form, page, history and operation once, with the first role that opens it.

    What several tables have in common, because they are one, is opened from one of them.
    """
    seen, found = set(), []
    for role, words_of in TABLE.items():
        for label, words in words_of.items():
            app, name = label.split(".")
            model = next(m for m in admin.site._registry if m._meta.label_lower == f"{app}.{name}")
            for word in words.split():
                one = (label if word == "L" else model._meta.concrete_model, word)
                if word != "C" and one not in seen:
                    seen.add(one)
                    found.append((name_of(role), label, word))
    return found


def on_list(label, word):
    """Whether the page needs no row."""
    if word in VIEWS:
        return word in "LA"
    page = next(p for m, p in admin.site._registry.items() if m._meta.label_lower == label)
    return next(o for o in page.operations if o.name == word).on_list


def look(visitor, where):
    """Open the page and fail with everything that is wrong with it."""
    page = visitor.open(where)
    found = []
    for size, rules in ((WIDE, None), (NARROW, MEASURED)):
        page.set_viewport_size(size)
        for theme, rules_of_theme in (("light", rules), ("dark", ["color-contrast"])):
            page.emulate_media(color_scheme=theme)
            page.evaluate(IN_THEME, theme == "dark")
            found += [f"{size['width']} {theme} {f}" for f in visitor.faults(rules_of_theme)]
        wanted, had = page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        if wanted > had:
            found.append(f"{size['width']}: scrolls sideways, {wanted} > {had}")
    page.set_viewport_size(WIDE)
    # What the browser keeps of it stands in the register of trackers (S78).
    kept = page.evaluate("Object.keys(localStorage)") + [c["name"] for c in page.context.cookies()]
    found += [f"{name} is not in the register of trackers" for name in set(kept) - REGISTERED]
    visitor.note_violations()
    found += visitor.wrong
    visitor.wrong.clear()
    assert not found, "\n".join(sorted(set(found)))


def ids(pages):
    return [" ".join(one) for one in pages]


EMPTY = [(who, label, word) for who, label, word in table_pages() if on_list(label, word)]
# A form without a row is the same in both.
FULL = [one for one in table_pages() if one[2] == "L" or not on_list(*one[1:])]


@pytest.mark.parametrize(("who", "label", "word"), EMPTY, ids=ids(EMPTY))
def test_a_page_of_an_empty_office(visitor, who, label, word):
    look(visitor(who), address(label, VIEWS.get(word, word)))


@pytest.mark.parametrize("name", [name for name in OTHERS if name not in ALWAYS_THE_SAME])
def test_a_page_of_no_table_in_an_empty_office(visitor, name):
    look(visitor(OTHERS[name]), reverse(name))


@pytest.mark.parametrize(("who", "label", "word"), FULL, ids=ids(FULL))
def test_a_page_of_an_office_with_rows(visitor, rows, who, label, word):
    args = () if word == "L" else (rows[label],)

    look(visitor(who), address(label, VIEWS.get(word, word), *args))


@pytest.mark.parametrize("name", [name for name, who in OTHERS.items() if who])
def test_a_page_of_no_table_in_an_office_with_rows(visitor, rows, name):
    look(visitor(OTHERS[name]), reverse(name))


@pytest.mark.parametrize(
    ("status", "where"), [(404, "/nowhere/"), (403, "/admin/crm/user/add/")], ids=["404", "403"]
)
def test_a_page_of_an_error(visitor, status, where):
    one = visitor(name_of(roles.OFFICER))
    one.expected = {status}

    try:
        look(one, where)
    finally:
        one.expected = set()


def test_no_address_is_left_out():
    table = {
        f"admin:{model._meta.app_label}_{model._meta.model_name}_{view}"
        for model, page in admin.site._registry.items()
        for view in [*VIEWS.values(), "delete", *(o.name for o in getattr(page, "operations", ()))]
    }

    def names(patterns, space=""):
        for one in patterns:
            if hasattr(one, "url_patterns"):
                inner = f"{one.namespace}:" if one.namespace else space
                yield from names(one.url_patterns, inner)
            else:
                yield f"{space}{one.name}" if one.name else ""

    left = set(names(get_resolver().url_patterns)) - table - {*OTHERS, *NO_PAGE}
    # Opened by test_public.py, without an account.
    left = {name for name in left if not name.startswith("public:")}

    assert {name for name in left if not name.endswith((SIMPLE_HISTORY, *POSTED))} == set()
