"""Run the suite on SQLite, then on PostgreSQL and Redis, then in Chromium; say how many ran on each.

`REQUIRE_SERVICES=1` makes missing services a failure. PostgreSQL and Chromium must pass every
test that is marked for them: a test that was skipped there counts as missing.
"""

import os
import re
import subprocess
import sys

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
    "ALLOWED_HOSTS": "lethe.example",
}


def pytest(expression: str, **environment: str) -> tuple[int, int, int]:
    """Exit code, tests passed and tests selected."""
    command = [sys.executable, "-m", "pytest", "-m", expression]
    env = {**os.environ, **environment}
    listing = subprocess.run(
        [*command, "--collect-only", "-q"], env=env, capture_output=True, text=True, check=False
    )
    selected = len(re.findall(r"^tests/\S+::", listing.stdout, flags=re.MULTILINE))
    run = subprocess.Popen(
        [*command, "-q"], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    last = ""
    for line in run.stdout:
        sys.stdout.write(line)
        last = line if " in " in line else last
    passed = re.search(r"(\d+) passed", last)
    return run.wait(), int(passed[1]) if passed else 0, selected


def missing_services() -> list[str]:
    """The services that do not answer, in words."""
    missing = []
    try:
        psycopg2.connect(DATABASE_URL, connect_timeout=3).close()
    except psycopg2.OperationalError:
        missing.append("PostgreSQL (TEST_DATABASE_URL)")
    try:
        redis.Redis.from_url(REDIS_URL, socket_connect_timeout=3).ping()
    except redis.RedisError:
        missing.append("Redis (TEST_REDIS_URL)")
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


def main() -> int:
    if "--checks" in sys.argv:
        return checks()
    # The embedded default, whatever the calling shell names for its own server.
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    code, on_sqlite, _selected = pytest("not services and not browser")
    if code:
        return code
    on_postgresql: int | str = "not run"
    if missing := missing_services():
        sentence = f"Not reachable: {', '.join(missing)}."
        if os.environ.get("REQUIRE_SERVICES") == "1":
            sys.stdout.write(f"{sentence} REQUIRE_SERVICES=1 demands them.\n")
            return 1
        sys.stdout.write(f"{sentence} Tests marked for them were not run.\n")
    else:
        code, on_postgresql, selected = pytest(
            "both or services", DATABASE_URL=DATABASE_URL, REDIS_URL=REDIS_URL
        )
        if code or not selected or on_postgresql < selected:
            sys.stdout.write(f"PostgreSQL passed {on_postgresql} of {selected} marked tests.\n")
            return code or 1
    in_browser: int | str = "not run"
    if chromium.path():
        code, in_browser, selected = pytest("browser")
        if code or not selected or in_browser < selected:
            sys.stdout.write(f"Chromium passed {in_browser} of {selected} marked tests.\n")
            return code or 1
    elif os.environ.get("REQUIRE_SERVICES") == "1":
        sys.stdout.write(f"{chromium.MISSING} REQUIRE_SERVICES=1 demands it.\n")
        return 1
    else:
        sys.stdout.write(f"{chromium.MISSING} Tests marked for it were not run.\n")
    sys.stdout.write(
        f"Tests passed: SQLite {on_sqlite}, PostgreSQL {on_postgresql}, Chromium {in_browser}.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
