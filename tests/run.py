"""Run the suite on SQLite and, beside it, on PostgreSQL and Redis and in Chromium; count each.

`REQUIRE_SERVICES=1` makes missing services a failure. PostgreSQL and Chromium must pass every
test that is marked for them: a test that was skipped there counts as missing.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import psycopg2
import redis

from tests.browser import chromium

DATABASE_URL = os.environ.get("TEST_DATABASE_URL", "postgres://root@127.0.0.1:5432/postgres")
REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9")
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "DJANGO_READ_DOT_ENV": "False",
    "DJANGO_SECRET_KEY": "only-to-run-the-checks-" + "kQ7-" * 12,
    "PRIVACY_SUPPRESSION_KEYS": "c1:" + "33" * 32,
    "PRIVACY_JOURNAL_KEY": "44" * 32,
    "RETENTION_ARCHIVE_KEYS": "a1:" + "66" * 32,
    "PRIVACY_SEAL_KEYS": "s1:" + "88" * 32,
    "ALLOWED_HOSTS": "lethe.example",
}


@dataclass(frozen=True)
class Outcome:
    """How one set of tests ended; a marked test that was skipped counts as missing."""

    name: str
    code: int
    passed: int
    selected: int
    said: str

    @property
    def is_complete(self) -> bool:
        return not self.code and 0 < self.selected <= self.passed


def pytest(name: str, expression: str, **environment: str) -> Outcome:
    """Run the tests of this expression; beyond the progress, what they print waits for the end."""
    command = [sys.executable, "-m", "pytest", "-q", "-m", expression]
    env = {**os.environ, **environment}
    listing = subprocess.run(
        [*command, "--collect-only"], env=env, capture_output=True, text=True, check=False
    )
    selected = len(re.findall(r"^tests/\S+::", listing.stdout, flags=re.MULTILINE))
    run = subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    said = ""
    for line in run.stdout:
        said += line
        if line.endswith("%]\n"):
            sys.stdout.write(f"{name:>10}  {line}")
            sys.stdout.flush()
    passed = re.findall(r"(\d+) passed", said)
    return Outcome(name, run.wait(), int(passed[-1]) if passed else 0, selected, said)


def missing_services() -> list[str]:
    """The services that do not answer, in words."""
    missing = []
    try:
        psycopg2.connect(DATABASE_URL, connect_timeout=3).close()
    except psycopg2.OperationalError:
        missing.append("PostgreSQL (TEST_DATABASE_URL) does not answer.")
    try:
        redis.Redis.from_url(REDIS_URL, socket_connect_timeout=3).ping()
    except redis.RedisError:
        missing.append("Redis (TEST_REDIS_URL) does not answer.")
    return missing


def checks() -> int:
    """What Django says about migrations and about a production-like environment."""
    env = {**os.environ, **PRODUCTION}
    for arguments in (
        ["makemigrations", "--check", "--dry-run"],
        ["check", "--deploy", "--fail-level", "WARNING"],
    ):
        code = subprocess.run([sys.executable, "manage.py", *arguments], env=env, check=False)
        if code.returncode:
            return code.returncode
    return 0


def by_itself() -> Iterator[Outcome]:
    """The embedded default, then Chromium, which looks at an office of the same kind."""
    yield pytest("SQLite", "not services and not browser")
    if chromium.path():
        yield pytest("Chromium", "browser")


def with_services() -> Iterator[Outcome]:
    """PostgreSQL and Redis, beside them."""
    if not missing_services():
        yield pytest(
            "PostgreSQL", "both or services", DATABASE_URL=DATABASE_URL, REDIS_URL=REDIS_URL
        )


def main() -> int:
    if "--checks" in sys.argv:
        return checks()
    # The embedded default, whatever the calling shell names for its own server.
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    missing = missing_services() + ([] if chromium.path() else [chromium.MISSING])
    for sentence in missing:
        sys.stdout.write(f"{sentence} Tests marked for it are not run.\n")
    if missing and os.environ.get("REQUIRE_SERVICES") == "1":
        sys.stdout.write("REQUIRE_SERVICES=1 demands it.\n")
        return 1
    with ThreadPoolExecutor() as lanes:
        beside = lanes.submit(lambda: list(with_services()))
        outcomes = [*by_itself(), *beside.result()]
    # A test for a service that is absent is skipped on SQLite, and only there.
    wrong = [o for o in outcomes if (o.code if o.name == "SQLite" else not o.is_complete)]
    for outcome in wrong:
        sys.stdout.write(
            f"{outcome.said}\n{outcome.name} passed {outcome.passed} of {outcome.selected} marked tests.\n"
        )
    if wrong:
        return 1
    told = ", ".join(f"{outcome.name} {outcome.passed}" for outcome in outcomes)
    sys.stdout.write(f"Tests passed: {told}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
