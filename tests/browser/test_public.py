"""The public pages in a real browser without scripts, in both languages, wide and narrow.

Nothing errs, nothing breaks the policy of the page, nothing asks another host, nothing scrolls
sideways at 320 pixels, and axe-core finds nothing at WCAG 2.2 AA.
"""

import re

import pytest
from django.urls import reverse
from django.utils import translation

from privacy.public.urls import urlpatterns
from tests.browser.chromium import WIDE, Visitor

pytestmark = pytest.mark.browser

SMALL = {"width": 320, "height": 800}
WITHOUT_ARGUMENTS = sorted(p.name for p in urlpatterns if "<" not in str(p.pattern))
WORDS = {
    "en": {
        "send": "Send me the link",
        "asked": "If we hold an address that matches, we have sent it a message.",
        "all": "Unsubscribe from everything",
        "save": "Save my choices",
        "saved": "Your choices are saved and count from now.",
        "newsletter": "Newsletter and company news, by e-mail",
        "sign up": "Sign up",
        "wrong": "Choose at least one kind of message.",
        "name": "Full name",
        "address": "Your e-mail address",
        "old enough": "16 or older",
        "box": "Yes, send me this by e-mail: Newsletter and company news",
        "done": "You are signed up",
    },
    "zh-hant": {
        "send": "把連結發送給我",
        "asked": "如資料相符，我們已發出電郵。",
        "all": "取消所有推廣訊息",
        "save": "儲存我的選擇",
        "saved": "您的選擇已儲存，即時生效。",
        "newsletter": "電子通訊及公司消息，以電郵發送",
        "sign up": "登記",
        "wrong": "請選擇至少一種訊息。",
        "name": "姓名",
        "address": "您的電郵地址",
        "old enough": "16 歲或以上",
        "box": "是，請以電郵向我發送：電子通訊及公司消息",
        "done": "您已登記",
    },
}


@pytest.fixture
def somebody(browser, server, rows):
    """A browser without scripts, closed with nothing wrong on the way."""
    one = Visitor(browser, server.url, scripts=False)
    yield one
    one.context.close()
    assert one.wrong == []


@pytest.fixture
def judge(browser, server, rows):
    """One with scripts: axe-core is one itself."""
    one = Visitor(browser, server.url)
    yield one
    assert one.close() == []


def fair(one):
    """Nothing to find on the page of the moment, wide and narrow, light and dark."""
    page = one.page
    for size in (WIDE, SMALL):
        page.set_viewport_size(size)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert one.faults() == []
        wanted, had = page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert wanted <= had, f"{page.url}: scrolls sideways at {size['width']}"
    page.set_viewport_size(WIDE)


@pytest.mark.parametrize("language", WORDS)
def test_every_page_is_fair(judge, language):
    with translation.override(language):
        addresses = [reverse(f"public:{name}") for name in WITHOUT_ARGUMENTS]

    for address in addresses:
        judge.open(address)
        fair(judge)


@pytest.mark.parametrize("language", WORDS)
def test_a_person_asks_for_the_link_chooses_and_ends_it_all(somebody, judge, server, language):
    words, page = WORDS[language], somebody.page
    somebody.open(f"/{language}/preferences/")
    page.get_by_role("button", name=words["send"]).click()
    # Nothing typed: the summary leads to the field.
    page.locator(".summary a").click()
    page.fill("[name=email]", "zephyrine@example.com")
    page.press("[name=email]", "Enter")
    assert words["asked"] in page.inner_text("main")

    link = re.search(rf"{server.url}(/\S+/preferences/\S+/)", _newest(server))[1]
    somebody.open(re.sub(r"^/[^/]+/", f"/{language}/", link))
    page.get_by_label(words["newsletter"]).check()
    page.get_by_role("button", name=words["save"]).click()
    assert words["saved"] in page.inner_text("main")
    assert page.get_by_label(words["newsletter"]).is_checked()
    judge.open(link)
    fair(judge)
    page.get_by_role("button", name=words["all"]).click()

    assert page.locator("input:checked").count() == 0


@pytest.mark.parametrize("language", WORDS)
def test_a_person_signs_up_with_one_box_and_the_button_of_the_mail(
    somebody, judge, server, language
):
    words, page = WORDS[language], somebody.page
    address = f"new-{language}@example.com"
    somebody.open(f"/{language}/sign-up/")
    assert page.locator("input:checked").count() == 0
    page.get_by_label(words["name"]).fill("Berenike Adler")
    page.get_by_label(words["address"]).fill(address)
    page.get_by_label(words["old enough"]).check()
    page.get_by_role("button", name=words["sign up"]).click()
    # No box was ticked: what was typed is still there.
    assert words["wrong"] in page.inner_text("main")
    assert page.get_by_label(words["name"]).input_value() == "Berenike Adler"
    page.get_by_label(words["box"]).check()
    page.get_by_role("button", name=words["sign up"]).click()

    link = re.search(rf"{server.url}(/\S+/sign-up/confirm/\S+/)", _newest(server, to=address))[1]
    judge.open(link)
    fair(judge)
    somebody.open(link)
    page.locator("main form button").click()

    assert words["done"] in page.inner_text("main")
    assert words["box"] in page.inner_text("main")


def _newest(server, to="zephyrine@example.com"):
    """The message as it was written, its quoted-printable line ends taken away."""
    mail = server.outbox(to=to)
    return mail.replace("=\n", "").replace("=3A", ":").replace("=3D", "=")
