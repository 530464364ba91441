"""Chromium, and a pair of eyes on everything that a page must not do."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from django_otp.oath import totp
from playwright.sync_api import Browser, Page, Playwright

from tests.browser.people import PASSWORD

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
AXE = AXE_FILE_PATH.read_text()
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
MISSING = "Install Debian's chromium, or name one in CHROMIUM."
# Reported to the console as well; asked of the page itself, it names the place.
NOTE_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => window.violations.push(
  `${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`
));
"""


def path() -> str | None:
    found = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
    return str(found) if found.is_file() else None


def launch(playwright: Playwright) -> Browser:
    if found := path():
        # Inside a container Chromium has no sandbox of its own.
        return playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(f"{MISSING} REQUIRE_SERVICES=1 demands it.", pytrace=False)
    # A developer's machine without a browser; CI demands it above.
    pytest.skip(MISSING)


class Visitor:
    """Somebody at a browser; whatever a page does wrong is written down in `wrong`."""

    def __init__(self, browser: Browser, url: str, *, scripts: bool = True) -> None:
        self.url, self.wrong, self.expected = url, [], set()
        self.context = browser.new_context(
            viewport=WIDE, reduced_motion="reduce", locale="en-GB", java_script_enabled=scripts
        )
        self.context.add_init_script(NOTE_VIOLATIONS)
        self.context.on("request", self._asked)
        self.context.on("response", self._answered)
        self.context.on("console", self._said)
        self.context.on("weberror", lambda error: self.wrong.append(f"error: {error.error}"))
        self.context.set_default_timeout(15_000)
        self.page: Page = self.context.new_page()

    def _asked(self, request) -> None:
        if not request.url.startswith((f"{self.url}/", "data:", "blob:")):
            self.wrong.append(f"another host: {request.url}")

    def _answered(self, response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.wrong.append(f"{response.status}: {response.url}")

    def _said(self, message) -> None:
        about_a_status = "the server responded with a status of" in message.text
        if message.type in {"error", "warning"} and not about_a_status:
            self.wrong.append(f"console: {message.text}")

    def open(self, address: str) -> Page:
        self.page.goto(f"{self.url}{address}")
        return self.page

    def sign_in(self, name: str, *, key: str = "", password: str = PASSWORD) -> None:
        page = self.open("/admin/login/")
        page.fill("[name=username]", name)
        page.fill("[name=password]", password)
        page.get_by_role("button", name="Log in").click()
        if key:
            page.fill("[name=code]", code_of(key))
            page.get_by_role("button", name="Continue").click()
        page.wait_for_url(f"{self.url}/admin/")

    def close(self) -> list[str]:
        """What went wrong on the way; the browser forgets this person."""
        self.note_violations()
        self.context.close()
        return self.wrong

    def note_violations(self) -> None:
        self.wrong += [f"policy: {v}" for v in self.page.evaluate("window.violations || []")]

    def faults(self, rules: list[str] | None = None) -> list[str]:
        """What axe-core finds on the page as it stands."""
        only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": LEVELS}
        if not self.page.evaluate("typeof axe === 'object'"):
            self.page.evaluate(AXE)
        found = self.page.evaluate(
            "only => axe.run(document, {runOnly: only, resultTypes: ['violations']})"
            ".then(result => result.violations)",
            only,
        )
        return [
            f"{rule['id']}: {node['html'][:160]} – {node['failureSummary'].splitlines()[1].strip()}"
            for rule in found
            for node in rule["nodes"]
        ]


def code_of(key: str) -> str:
    """The code of the moment of the app with this secret, in hexadecimal."""
    return f"{totp(bytes.fromhex(key)):06d}"
