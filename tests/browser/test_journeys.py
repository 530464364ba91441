"""Two people's days in a real browser, each step by what is on the page.

A staff member from the invitation to the log-out; a privacy officer's holds, refusals and merges.
On the way nothing errs, nothing breaks the policy of the page, nothing asks another host.
"""

import re
from base64 import b32decode
from datetime import date, timedelta

import pytest
from django.conf import settings

from config import roles
from tests.browser.chromium import Visitor, code_of
from tests.browser.people import name_of

pytestmark = pytest.mark.browser

PASSWORD = "four-otters-cross-the-harbour"
MEI = "mei.chan@office.example.com"
REFUSED = "This contact detail cannot be entered; please see the privacy team."
SAMPLE = settings.BASE_DIR / "docs" / "sample-contacts.csv"


@pytest.fixture
def somebody(browser, server, rows):
    """A browser of one's own, closed with nothing wrong on the way."""
    one = Visitor(browser, server.url)
    yield one
    assert one.close() == []


def fair(one):
    """Nothing that axe-core finds on the page of the moment."""
    assert one.faults() == []


def submit(page):
    page.locator("#content form[method=post] button[type=submit]").first.click()


def enrol(one, name, password):
    """Sign in for the first time: the password, the app, the recovery codes."""
    page = one.open("/admin/login/")
    page.fill("[name=username]", name)
    page.fill("[name=password]", password)
    page.get_by_role("button", name="Log in").click()
    fair(one)
    secret = b32decode(page.locator("code").first.inner_text())
    page.fill("[name=code]", code_of(secret.hex()))
    page.get_by_role("button", name="Continue").click()
    assert page.locator("li code").count() == 10
    fair(one)
    page.get_by_role("link", name="I have written them down").click()
    page.wait_for_url("**/admin/")
    return page


def state(page, wanted):
    """Wait until a worker has brought the import so far."""
    for _moment in range(60):
        if page.locator("ol li:last-child.ml-auto").inner_text() == wanted:
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError(f"the import is not {wanted}")


def invited(server, visitor):
    """The link that a system admin has sent and an officer has given a role to."""
    admin = visitor(name_of(roles.SYSTEM))
    page = admin.open("/admin/crm/user/invite/")
    page.fill("[name=email]", MEI)
    page.select_option("[name=team]", label="Ours")
    page.get_by_label("Staff", exact=True).check()
    submit(page)
    page.wait_for_url(re.compile(r"/admin/crm/user/\d+/change/"))
    account = re.search(r"/user/(\d+)/", page.url)[1]
    officer = visitor(name_of(roles.OFFICER))
    page = officer.open(f"/admin/crm/user/{account}/roles/")
    page.get_by_label("Staff", exact=True).check()
    submit(page)
    page.wait_for_url(re.compile(r"/change/"))
    assert [*admin.wrong, *officer.wrong] == []
    return re.search(r"http://\S+", server.outbox(to=MEI))[0]


def test_a_staff_members_day_from_the_invitation_to_the_log_out(server, visitor, somebody):
    link = invited(server, visitor)

    page = somebody.open(link.removeprefix(server.url))
    fair(somebody)
    page.fill("[name=new_password1]", PASSWORD)
    page.fill("[name=new_password2]", PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("You can sign in with it now").wait_for()
    fair(somebody)
    enrol(somebody, MEI, PASSWORD)

    # Find somebody and log a call.
    page = somebody.open("/admin/crm/contact/")
    page.fill("#searchbar", "quillf")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=quillf*")
    page.get_by_role("link", name=re.compile("Quillfeather")).first.click()
    page.wait_for_url("**/change/**")
    contact = re.search(r"/contact/(\d+)/", page.url)[1]
    somebody.open(f"/admin/crm/contact/{contact}/log/")
    page.fill("[name=summary]", "They called about the autumn seminar")
    submit(page)
    page.wait_for_url("**/change/**")
    assert page.get_by_text("autumn seminar").count()

    # Enter a contact: a suppressed address is refused beside its field, another one is taken.
    somebody.open("/admin/crm/contact/add/")
    page.fill("[name=latin_family_name]", "Featherstonehaugh")
    page.select_option("[name=source_type]", "card")
    page.fill("[name=source_obtained_on]", "2026-01-05")
    page.locator("[x-on\\:click*=points]").first.click()
    page.locator("#points-group .add-row").first.click()
    page.select_option("[name=points-0-kind]", "email")
    page.fill("[name=points-0-value]", "x@example.com")
    page.locator("[name=_save]").click()
    page.wait_for_load_state()
    assert page.url.partition("#")[0].endswith("/contact/add/")
    assert page.get_by_text(REFUSED).locator("visible=true").count() == 1
    page.fill("[name=points-0-value]", "stone@example.com")
    page.locator("[name=_save]").click()
    page.wait_for_url(re.compile(r"/admin/crm/contact/(#.*)?$"))

    # Bring a file as far as staff may: read, checked, proposed.
    somebody.open("/admin/crm/importbatch/upload/")
    page.set_input_files("[name=file]", SAMPLE)
    page.select_option("[name=source_type]", "card")
    page.fill("[name=obtained_on]", "2026-01-05")
    page.select_option("[name=role]", "prospect")
    page.select_option("[name=basis]", "legitimate_interests")
    page.select_option("[name=notice]", index=1)
    submit(page)
    page.wait_for_url(re.compile(r"/importbatch/\d+/change/"))
    batch = page.url
    state(page, "read")
    fair(somebody)
    page.goto(batch.replace("/change/", "/check/"))
    submit(page)
    page.wait_for_url(batch)
    state(page, "checked")
    fair(somebody)
    page.goto(batch.replace("/change/", "/propose/"))
    submit(page)
    page.wait_for_url(batch)
    state(page, "proposed, waits for a second person")

    somebody.open("/admin/")
    page.get_by_role("button", name=re.compile("mei.chan")).click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/logout/")
    somebody.open("/admin/")
    assert "/login/" in page.url


def test_an_officers_day_of_holds_refusals_and_a_merge(visitor, somebody, rows):
    page = enrol(somebody, "second-officer", "seventeen-grey-herons-at-dawn")
    contact = rows["crm.contact"]

    # A hold, and its release.
    somebody.open(f"/admin/crm/contact/{contact}/hold/")
    page.fill("[name=matter]", "HCA-77-2026")
    page.fill("[name=review_on]", str(date.today() + timedelta(days=90)))
    submit(page)
    page.wait_for_url("**/change/**")
    somebody.open("/admin/privacy/legalhold/?q=HCA-77-2026")
    page.get_by_role("link", name="HCA-77-2026").first.click()
    page.wait_for_url("**/legalhold/*/change/**")
    hold = page.url.partition("?")[0]
    page.goto(hold.replace("/change/", "/release/"))
    submit(page)
    page.wait_for_url("**/change/**")

    # No marketing, and the refusal of it on one channel.
    somebody.open(f"/admin/crm/contact/{contact}/suppress/")
    page.select_option("[name=scope]", "no_marketing")
    submit(page)
    page.wait_for_url("**/change/**")
    somebody.open(f"/admin/crm/contact/{contact}/consent/")
    page.select_option("[name=kind]", "refused")
    page.select_option("[name=purpose]", index=1)
    page.select_option("[name=channel]", "email")
    submit(page)
    page.wait_for_url("**/change/**")

    # What the nights did.
    somebody.open("/admin/retention/sweeprun/")
    page.locator("#result_list a[href*='/change/']").first.click()
    page.wait_for_url("**/sweeprun/*/change/**")
    fair(somebody)

    # Two records that are one person.
    somebody.open(f"/admin/crm/duplicatepair/{rows['crm.duplicatepair']}/merge/")
    page.locator("button[name=keep]").first.click()
    page.get_by_role("button", name="Show what will happen").click()
    fair(somebody)
    gone = page.locator("dl dd").nth(1).inner_text().rpartition(" ")[2]
    page.fill("[name=typed]", gone)
    page.get_by_role("button", name="Merge", exact=True).click()
    page.wait_for_url("**/change/**")
    somebody.open("/admin/crm/merge/")
    assert page.locator("#result_list a[href*='/change/']").count() == 2
