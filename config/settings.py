"""How Lethe is put together. Secrets come from the environment; without them nothing starts."""

import tomllib
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from redis.backoff import NoBackoff
from redis.retry import Retry

BASE_DIR = Path(__file__).resolve().parent.parent

# --- environment: safe defaults, no default for a secret ------------------------------------
env = environ.Env()
if env.bool("DJANGO_READ_DOT_ENV", default=True) and (BASE_DIR / ".env").is_file():
    env.read_env(BASE_DIR / ".env")

# The version of the code, as evidence names it.
VERSION = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]

# --- core ----------------------------------------------------------------------------------
SECRET_KEY = env.str("DJANGO_SECRET_KEY")
# Keys that only open what was signed before: a link in a message lives 400 days.
SECRET_KEY_FALLBACKS = env.list("DJANGO_SECRET_KEY_FALLBACKS", default=[])
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Every file that Lethe writes lies below this folder, readable by its owner alone.
VAR = Path(env.str("LETHE_VAR", default=str(BASE_DIR / "var"))).resolve()
VAR.mkdir(mode=0o700, parents=True, exist_ok=True)

# --- apps ----------------------------------------------------------------------------------
INSTALLED_APPS = [
    "config.apps.LetheConfig",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.simple_history",
    "config.apps.ConsoleConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "crispy_forms",
    "import_export",
    "simple_history",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "csp",
    "crm.apps.CrmConfig",
    "privacy.apps.PrivacyConfig",
    "retention.apps.RetentionConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.awaiting_replay.AwaitingReplay",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
CRISPY_TEMPLATE_PACK = "unfold_crispy"
CRISPY_ALLOWED_TEMPLATE_PACKS = ["unfold_crispy", "public"]

# --- database ------------------------------------------------------------------------------
# An address of nothing is none.
DATABASE_URL = env.str("DATABASE_URL", default="") or f"sqlite:///{VAR / 'lethe.sqlite3'}"
DATABASES = {"default": env.db_url_config(DATABASE_URL)}
DATABASES["default"]["ATOMIC_REQUESTS"] = False
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE: a transaction that will write takes the lock at its start (measured: no
    # "database is locked"). secure_delete: what was deleted is overwritten with zeros.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000;"
            "PRAGMA secure_delete=ON; PRAGMA foreign_keys=ON"
        ),
    }
elif DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
    raise ImproperlyConfigured("DATABASE_URL must begin with postgres:// or sqlite:///")

# --- accounts ------------------------------------------------------------------------------
AUTH_USER_MODEL = "crm.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "crm.deputies.OfficeBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
# How long a link to set a password may be used.
PASSWORD_RESET_TIMEOUT = 24 * 3600
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "/admin/"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 1  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
# Neither a code nor a new password is kept of an attempt that failed.
AXES_SENSITIVE_PARAMETERS = ["username", "code", "new_password1", "new_password2"]
# Who signs in with a second factor once the office is real: every role (S93, S94).
CRM_SECOND_FACTOR_ROLES = [
    *("Privacy officer", "Privacy assistant", "Staff", "HR"),
    *("Auditor", "Finance reader", "System admin"),
]
AXES_LOCKOUT_TEMPLATE = "console/locked.html"
# The log names nobody: user names and addresses stay in axes' own rows, which the sweep clears.
AXES_VERBOSE = False
SIMPLE_HISTORY_REVERT_DISABLED = True
SIMPLE_HISTORY_ENFORCE_HISTORY_MODEL_PERMISSIONS = True
SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = False

# --- language and time ---------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hant", _("Traditional Chinese"))]
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
TIME_ZONE = "Asia/Hong_Kong"
USE_TZ = True

# --- mail ----------------------------------------------------------------------------------
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = VAR / "outbox"
# The firm's own address, from which messages come; a server that falls silent is given up.
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="lethe@localhost")
EMAIL_TIMEOUT = 20
# Where operators reach the console: mails link to its pages by reference.
PRIVACY_CONSOLE_URL = env.str(
    "PRIVACY_CONSOLE_URL", default=f"http://127.0.0.1:{env.int('PORT', default=8000)}"
)
# Where people outside reach the public pages; links in messages begin with it.
# Where mail comes back to: imaps://name:password@host/INBOX. Empty: nothing is fetched.
PRIVACY_MAILBOX_URL = env.str("PRIVACY_MAILBOX_URL", default="")
PRIVACY_PUBLIC_URL = env.str("PRIVACY_PUBLIC_URL", default=PRIVACY_CONSOLE_URL)
if EMAIL_URL := env.str("EMAIL_URL", default=""):
    vars().update(env.email_url_config(EMAIL_URL))

# Shared with the provider of SMS alone: its replies are signed with it; without it none is taken.
PRIVACY_SMS_KEY = env.str("PRIVACY_SMS_KEY", default="")
# How many proxies of our own stand before Lethe: visitors of the public pages are told apart.
PRIVACY_PROXIES = env.int("PRIVACY_PROXIES", default=0)

# --- celery --------------------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="")
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "beat-schedule")
# Files whose age tells how long ago worker and beat were alive.
HEARTBEAT_FOLDER = VAR / "heartbeat"
CELERY_BEAT_SCHEDULER = "config.timetable:Timetable"
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_DEFAULT_EXCHANGE = CELERY_TASK_DEFAULT_ROUTING_KEY = CELERY_TASK_DEFAULT_QUEUE
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
# Tasks are idempotent: a killed child's task is delivered again at once.
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 1800
CELERY_TASK_SOFT_TIME_LIMIT = 1500
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A broker or cache that is silent is given up: no page waits for it.
REDIS_SECONDS = 2
CELERY_BROKER_CONNECTION_TIMEOUT = REDIS_SECONDS
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        # Above the longest task: Redis hands a message out again when it thinks it was lost.
        "visibility_timeout": 6 * 3600,
        "socket_timeout": REDIS_SECONDS,
        "socket_connect_timeout": REDIS_SECONDS,
        # Whoever hands over is told at once; workers connect again by their own rules.
        "max_retries": 0,
        "interval_start": 0,
        "interval_step": 0,
        "interval_max": 0,
    }
else:
    for folder in ("queue", "control"):
        (VAR / "broker" / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    CELERY_BROKER_URL = "filesystem://"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(VAR / "broker" / "queue"),
        "data_folder_out": str(VAR / "broker" / "queue"),
        "control_folder": str(VAR / "broker" / "control"),
        "store_processed": False,
    }

# --- cache: counts of attempts alone, under keyed digests ------------------------------------
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            # Beside the broker's own keys.
            "KEY_PREFIX": "cache",
            "OPTIONS": {
                "socket_timeout": REDIS_SECONDS,
                "socket_connect_timeout": REDIS_SECONDS,
                "retry": Retry(NoBackoff(), 0),
            },
        }
    }

# --- files ---------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = str(VAR / "documents")
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Documents have no URL: they leave through a view that checks permission.
    "documents": {
        "BACKEND": "privacy.seals.SealedStorage",
        "OPTIONS": {
            "store": "documents",
            "location": MEDIA_ROOT,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FILE_UPLOAD_TEMP_DIR = VAR / "uploads"
# Address files on their way in, and the rows that were handed back: purged by the sweep.
IMPORT_FOLDER, REJECTS_FOLDER = VAR / "imports", VAR / "rejects"
# An age identity (AGE-SECRET-KEY-1…): encrypts the backups, and is in none of them.
BACKUP_KEY = env.str("BACKUP_KEY", default="")
BACKUP_FOLDER = VAR / "backups"
for written in (
    BACKUP_FOLDER,
    FILE_UPLOAD_TEMP_DIR,
    IMPORT_FOLDER,
    REJECTS_FOLDER,
    MEDIA_ROOT,
    EMAIL_FILE_PATH,
    STATIC_ROOT,
):
    Path(written).mkdir(mode=0o700, parents=True, exist_ok=True)
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
CRM_DOCUMENT_MAX_BYTES = 10 * 1024 * 1024

# --- security ------------------------------------------------------------------------------
# False only where the web server speaks to this machine's own loopback address (make run).
HTTPS = env.bool("LETHE_HTTPS", default=True)
# All traffic is encrypted by the web server in front of it (S92).
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
# Not "no-referrer": with it browsers send "Origin: null", which the CSRF check refuses.
SECURE_REFERRER_POLICY = "same-origin"
# The session's cookie: a random number, sent over TLS alone, that no script reads (S79).
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
# Messages may carry a reference; a cookie must carry nothing.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        # Nothing inline and nothing evaluated: static/unfold and templates/unfold see to it.
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    },
}

# --- privacy -------------------------------------------------------------------------------
PRIVACY_SUBJECT_MODEL = "crm.Contact"
# "id:hex,id:hex", newest first; the others only verify. 256 random bits each.
PRIVACY_SUPPRESSION_KEYS = env.list("PRIVACY_SUPPRESSION_KEYS")
PRIVACY_JOURNAL_KEY = env.str("PRIVACY_JOURNAL_KEY")
# Stored files lie sealed: "id:hex,id:hex", newest first; the others only read. 256 bits each.
# Without one nothing is served; what an upgraded office has to type is said then.
PRIVACY_SEAL_KEYS = env.list("PRIVACY_SEAL_KEYS", default=[])
# Outside the database and its backups: what must be forgotten again after a restore.
PRIVACY_LEDGER_FILE = Path(
    env.str("PRIVACY_LEDGER_FILE", default=str(VAR / "ledger" / "ledger.jsonl"))
)
# The finance-only archive: "id:hex,id:hex", newest first; the others only read. 256 bits each.
RETENTION_ARCHIVE_KEYS = env.list("RETENTION_ARCHIVE_KEYS", default=[])
# The firm's financial year ends with the last day of this month (Cap 622 s.377 counts from it).
FINANCIAL_YEAR_ENDS_IN = env.int("FINANCIAL_YEAR_ENDS_IN", default=3)
RETENTION_BATCH_SIZE = env.int("RETENTION_BATCH_SIZE", default=500)
# How long a worker may be silent with a batch before another takes it: above a task's time limit.
RETENTION_LEASE_SECONDS = env.int("RETENTION_LEASE_SECONDS", default=1860)
# An address file with more rows is refused, to be split.
IMPORT_MOST_ROWS = env.int("IMPORT_MOST_ROWS", default=200_000)
# How long a worker may be silent with an import; it speaks after every 1,000 rows.
IMPORT_LEASE_SECONDS = env.int("IMPORT_LEASE_SECONDS", default=120)
# A rule that would dispose of more halts for a named release: this many rows always pass...
RETENTION_CAP_ROWS = env.int("RETENTION_CAP_ROWS", default=50)
# ...and beyond them no more than this share of all living people.
RETENTION_CAP_SHARE = env.float("RETENTION_CAP_SHARE", default=0.05)
# A clock that is further ahead of what Lethe did last is asked about before anything goes.
RETENTION_CLOCK_JUMP_DAYS = env.int("RETENTION_CLOCK_JUMP_DAYS", default=14)

# --- log: references and counts, never a value ---------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "class": "config.log_line.LogLine",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    # Their own handlers would print addresses of pages; django.db.backends prints parameters.
    "loggers": {
        "django": {"level": "INFO", "handlers": []},
        "django.db.backends": {"level": "WARNING"},
        "django.server": {"level": "WARNING", "handlers": ["console"], "propagate": False},
        "gunicorn.access": {"handlers": ["console"], "propagate": False},
        "gunicorn.error": {"handlers": ["console"], "propagate": False},
        "axes": {"level": "ERROR"},
    },
}

# --- console -------------------------------------------------------------------------------
from config.unfold import AXES_ENABLE_ADMIN, UNFOLD  # noqa: E402, F401 - the look is a page of its own
