"""What installed packages keep: their tables, and every place outside the database.

A package never says what its columns mean; Art. 30 wants to know all the same. Whoever installs
another package declares its tables here, or nothing passes the checks.
"""

from privacy import readers
from privacy.enums import About, Kind, Origin
from privacy.inventory import (
    ROW,
    Activity,
    Datum,
    Holding,
    Keep,
    RawTable,
    Store,
    declare,
)

CONSOLE = "console"
SECURITY = "security of the console"

USER_NAME = Datum(Kind.SECURITY)
SEEN = Datum(Kind.SECURITY, Origin.OBSERVED)

# What every table of django-axes has.
ATTEMPT = {
    "username": USER_NAME,
    "ip_address": SEEN,
    "user_agent": SEEN,
    "http_accept": SEEN,
    "path_info": SEEN,
    "attempt_time": SEEN,
}
# What every table of django-otp has.
DEVICE = {"last_used_at": SEEN, "throttling_failure_timestamp": SEEN}
DEVICE_TECHNICAL = {
    **ROW,
    "user": "the account",
    "name": "word of the program: app or recovery",
    "confirmed": "whether a code of it was seen",
    "throttling_failure_count": "how many wrong codes came in a row",
    "created_at": "when it was set up",
}
SECURITY_LOG = Keep(
    "security_log",
    anchor="attempt_time",
    months=12,
    citation="house rule: twelve months of security log (Art. 5(1)(e), Art. 32)",
)

declare(
    Activity(
        CONSOLE,
        "letting operators work: roles, sessions, what they did",
        "legitimate interests (Art. 6(1)(f))",
    ),
    Activity(
        SECURITY,
        "noticing and stopping attempts to break in (Art. 32)",
        "legitimate interests (Art. 6(1)(f))",
    ),
    Holding(
        "auth.Permission",
        About.NOBODY,
        CONSOLE,
        technical={
            **ROW,
            "name": "sentence of a permission, written by programmers",
            "codename": "name of a permission, written by programmers",
            "content_type": "the model it is about",
        },
        protects=(),
    ),
    Holding(
        "auth.Group",
        About.NOBODY,
        CONSOLE,
        technical={**ROW, "name": "name of a role of the console, not of a person"},
        protects=(),
    ),
    Holding(
        "auth.Group_permissions",
        About.NOBODY,
        CONSOLE,
        technical={**ROW, "group": "a role of the console", "permission": "what it may do"},
        protects=(),
    ),
    Holding(
        "contenttypes.ContentType",
        About.NOBODY,
        CONSOLE,
        technical={**ROW, "app_label": "name of an app", "model": "name of a model"},
        protects=(),
    ),
    Holding(
        "sessions.Session",
        About.OPERATOR,
        CONSOLE,
        data={"session_data": Datum(Kind.ACCOUNT, Origin.OBSERVED)},
        technical={"session_key": "random key", "expire_date": "when the session ends"},
        keeps=(Keep("session", anchor="expire_date", citation="a session ends when it expires"),),
        protects=(),
    ),
    Holding(
        "admin.LogEntry",
        About.OPERATOR,
        CONSOLE,
        data={
            "user": Datum(Kind.ACCOUNT, Origin.OBSERVED),
            "action_time": Datum(Kind.ACCOUNT, Origin.OBSERVED),
            "action_flag": Datum(Kind.ACCOUNT, Origin.OBSERVED),
        },
        technical={
            **ROW,
            "content_type": "the model that was edited",
            "object_id": "number of the row that was edited",
            "object_repr": "the console writes a reference here, never what str() says",
            "change_message": "the console writes names of fields here, never a value",
        },
        keeps=(
            Keep("log", anchor="action_time", years=6, citation="policy S98: up to six years"),
        ),
        protects=(),
    ),
    Holding(
        "axes.AccessAttempt",
        About.OPERATOR,
        SECURITY,
        account_name="username",
        data={**ATTEMPT, "get_data": SEEN, "post_data": SEEN},
        technical={**ROW, "failures_since_start": "how often it failed"},
        keeps=(SECURITY_LOG,),
        protects=(),
    ),
    Holding(
        "axes.AccessAttemptExpiration",
        About.NOBODY,
        SECURITY,
        account_name="access_attempt__username",
        technical={
            "access_attempt": "the attempt, with which this row goes",
            "expires_at": "until when the attempt counts",
        },
        protects=(),
    ),
    Holding(
        "axes.AccessFailureLog",
        About.OPERATOR,
        SECURITY,
        account_name="username",
        data=ATTEMPT,
        technical={**ROW, "locked_out": "whether the account was locked"},
        keeps=(SECURITY_LOG,),
        protects=(),
    ),
    Holding(
        "axes.AccessLog",
        About.OPERATOR,
        SECURITY,
        account_name="username",
        data={**ATTEMPT, "logout_time": SEEN},
        technical={**ROW, "session_hash": "digest of a random key"},
        keeps=(SECURITY_LOG,),
        protects=(),
    ),
    Holding(
        "otp_totp.TOTPDevice",
        About.OPERATOR,
        SECURITY,
        account="user",
        data=DEVICE,
        technical={
            **DEVICE_TECHNICAL,
            "key": "secret of the app, in clear: a code is computed from it at every sign-in",
            "step": "seconds of a code",
            "t0": "when counting begins",
            "digits": "digits of a code",
            "tolerance": "codes before and after that count",
            "drift": "how far the app's clock is off",
            "last_t": "the last code that was used, so that it works once",
        },
        protects=(),
    ),
    Holding(
        "otp_static.StaticDevice",
        About.OPERATOR,
        SECURITY,
        account="user",
        data=DEVICE,
        technical=DEVICE_TECHNICAL,
        protects=(),
    ),
    Holding(
        "otp_static.StaticToken",
        About.OPERATOR,
        SECURITY,
        account="device__user",
        technical={
            **ROW,
            "device": "the operator's recovery codes",
            "token": "keyed digest of an unused recovery code",
        },
        protects=(),
    ),
    RawTable("django_migrations", About.NOBODY, "names of migrations and when they ran"),
    RawTable("sqlite_sequence", About.NOBODY, "the highest row number of each table (SQLite)"),
    Store(
        "broker",
        About.NOBODY,
        "broker",
        "tasks that wait for a worker: names and artificial identifiers, never a value",
        "each message is deleted when a worker takes it",
    ),
    Store(
        "installation",
        About.NOBODY,
        "installation",
        "to which databases this folder belongs: artificial identifiers as names of empty files",
        "never: one for each database",
    ),
    Store(
        "heartbeat",
        About.NOBODY,
        "heartbeat",
        "when worker and beat were last alive",
        "overwritten at every beat",
        searched=False,
        unsearched="two empty files, known by their age",
    ),
    Store(
        "timetable",
        About.NOBODY,
        "beat-schedule",
        "when beat last sent each task: names and times",
        "overwritten at every task",
        searched=False,
        unsearched="names of tasks from the code and times",
    ),
    Store(
        "outbox",
        About.SUBJECT,
        "outbox",
        "messages that a real mail server would send, where none is configured",
        "each message goes with the nightly sweep after 30 days (house rule)",
        days=30,
        reader=readers.messages,
    ),
    Store(
        "uploads",
        About.SUBJECT,
        "uploads",
        "files on their way in, while a request runs; a copy of SQLite on its way into a backup",
        "deleted at the end of request or backup; leftovers by the nightly sweep a day later",
        days=1,
    ),
    Store(
        "documents",
        About.SUBJECT,
        "documents",
        "files about people under random names, encrypted; their rows say whose",
        "each file goes with its row, through the table of files to remove",
        sealed=True,
    ),
    Store(
        "ledger",
        About.NOBODY,
        "ledger",
        "what must be forgotten again after a restore: artificial identifiers and digests",
        "never: it outlives every backup (Art. 5(2))",
    ),
    Store(
        "backups",
        About.SUBJECT,
        "backups",
        "database and documents of a day, encrypted under a key of its own; no key, no ledger",
        "each goes with the nightly sweep after 35 days (house rule; Art. 5(1)(e))",
        days=35,
    ),
    Store(
        "static",
        About.NOBODY,
        "static",
        "style sheets and scripts of the console",
        "replaced at every release",
        searched=False,
        unsearched="files of the release and of its libraries, put there by collectstatic",
    ),
)
