"""The suite's settings: fixed keys, a folder of its own, a fast hasher; otherwise as shipped."""

import os
import tempfile

os.environ["DJANGO_READ_DOT_ENV"] = "False"
os.environ.setdefault("DJANGO_SECRET_KEY", "only-for-the-test-suite-" + "x" * 40)
os.environ.setdefault("PRIVACY_SUPPRESSION_KEYS", "t1:" + "11" * 32)
os.environ.setdefault("PRIVACY_JOURNAL_KEY", "22" * 32)
os.environ.setdefault("RETENTION_ARCHIVE_KEYS", "a1:" + "55" * 32)
os.environ.setdefault("PRIVACY_SEAL_KEYS", "s1:" + "5e" * 32)
os.environ.setdefault(
    "BACKUP_KEY", "AGE-SECRET-KEY-1XUU5FVJ5ALTRGFVHFPGF75NZ5PLM2XFA69Y8YNT6S7HSCAM5R8PQGANVGK"
)
os.environ.setdefault("LETHE_HTTPS", "False")
os.environ.setdefault("LETHE_VAR", tempfile.mkdtemp(prefix="lethe-test-"))

from config.settings import *  # noqa: F403
from config.settings import DATABASES, INSTALLED_APPS, STORAGES

INSTALLED_APPS += ["tests.library.apps.LibraryConfig"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
ALLOWED_HOSTS = ["*"]
# Nobody can be connected to it: whoever else makes databases on this server stands in no way.
if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    DATABASES["default"]["TEST"] = {"TEMPLATE": "template0"}
