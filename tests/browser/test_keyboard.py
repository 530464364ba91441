"""The console without a mouse: everything that answers to a click is reached, in a sensible order,
and seen when it is."""

import pytest

from config import roles
from tests.browser.people import name_of

pytestmark = pytest.mark.browser

FOCUSED = """() => {
  const one = document.activeElement;
  const style = (element) => getComputedStyle(element);
  const seen = [one, one.parentElement].some(
    (element) => style(element).outlineStyle !== "none" || style(element).boxShadow !== "none"
  );
  const place = one.closest("#result_list") ? "table" : one.closest("#content") ? "content" : "menu";
  return { text: (one.innerText || one.name || "").trim(), seen, place, on: one !== document.body };
}"""


@pytest.fixture
def officer(visitor, rows):
    return visitor(name_of(roles.OFFICER))


def tabbed(page, steps):
    for _step in range(steps):
        page.keyboard.press("Tab")
        yield page.evaluate(FOCUSED)


def test_the_first_key_leads_past_the_menu(officer):
    page = officer.open("/admin/crm/contact/")

    first = next(tabbed(page, 1))
    page.keyboard.press("Enter")
    second = next(tabbed(page, 1))

    assert first["text"] == "Skip to the content"
    assert second["place"] == "content"


def test_search_and_filters_come_before_the_table_and_focus_is_seen(officer):
    page = officer.open("/admin/crm/contact/#content")
    page.locator("#content").evaluate("one => { one.tabIndex = -1; one.focus() }")

    steps = list(tabbed(page, 12))

    places = [step["place"] for step in steps]
    texts = [step["text"].split("\n")[0] for step in steps]
    assert texts.index("Filters") < places.index("table")
    assert texts.index("q") < texts.index("Filters")
    assert [step["text"] for step in steps if step["on"] and not step["seen"]] == []


def test_filters_open_and_close_by_keys(officer):
    page = officer.open("/admin/crm/contact/")
    page.get_by_role("button", name="Filters").focus()

    page.keyboard.press("Enter")
    title = page.get_by_role("heading", name="By role", exact=True)
    title.wait_for()
    page.keyboard.press("Escape")

    title.wait_for(state="hidden")


def test_the_palette_finds_a_list_and_enter_opens_it(officer):
    page = officer.open("/admin/")

    page.keyboard.press("Control+k")
    page.get_by_placeholder("Type to search").press_sequentially("engag")
    page.locator("#command-results-list li").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    page.wait_for_url("**/admin/crm/engagement/")


def test_a_date_is_chosen_and_a_person_found_without_typing_them_out(officer):
    page = officer.open("/admin/crm/interaction/add/")

    page.locator(".date-icon").first.click()
    page.locator(".calendarbox").first.get_by_text("Today").click()
    page.locator(".select2-selection").first.click()
    page.keyboard.type("quill")
    found = page.locator(".select2-results__option--highlighted", has_text="Quillfeather")
    found.wait_for()
    page.keyboard.press("Enter")

    assert page.locator("[name=occurred_at_0]").input_value()
    assert "Quillfeather" in page.locator(".select2-selection__rendered").first.inner_text()


def test_the_menu_stays_hidden_where_it_was_hidden_and_the_theme_stays(officer):
    page = officer.open("/admin/")
    menu = page.get_by_role("button", name="Show or hide the menu").locator("visible=true")

    menu.click()
    page.reload()
    hidden = not page.locator("#nav-sidebar").is_visible()
    menu.click()
    page.get_by_role("button", name="privacy-officer").click()
    page.get_by_role("button", name="Dark").click()
    page.reload()

    assert hidden
    assert page.locator("html.dark").count() == 1
    page.get_by_role("button", name="privacy-officer").click()
    page.get_by_role("button", name="System").click()
    assert officer.wrong == []
