"""A line of the log as web and worker write it: what happened where in the program, no values.

Addresses of pages carry signed links, texts of exceptions quote rows (DESIGN 17): a line has the
name of the page instead, and a traceback the classes, files and lines.
"""

import logging
import traceback
from collections.abc import Iterator
from copy import copy
from typing import Any

from django.http import HttpRequest

from privacy.errors import PrivacyError

# What these say is an address, or a reason that may quote one.
OF_PAGES = ("django.request", "django.security")
# Who else writes a line for each request.
OF_SERVERS = ("django.server", "gunicorn.access")
UNHANDLED = "A request was not understood or not answered."


class LogLine(logging.Formatter):
    """Writes a copy of each record; other handlers see it as it was."""

    def format(self, record: logging.LogRecord) -> str:
        told = copy(record)
        told.msg, told.args = _said(record), None
        if isinstance(record.exc_info, tuple) and record.exc_info[1] is not None:
            # Another handler may have left its own text of the exception in the record.
            told.exc_text = "\n".join(_traced(record.exc_info[1]))
        return super().format(told)


def _said(record: logging.LogRecord) -> str:
    request = getattr(record, "request", None)
    if isinstance(request, HttpRequest) or _is_of(record, OF_PAGES):
        return f"{getattr(record, 'status_code', None) or 'refused'} {_page(request)}"
    if _is_of(record, OF_SERVERS):
        status = record.args.get("s") if isinstance(record.args, dict) else None
        return f"answered {status or getattr(record, 'status_code', None) or '-'}"
    if isinstance(record.msg, BaseException):
        return _named(record.msg)
    if record.name == "gunicorn.error" and not _is_plain(record):
        return UNHANDLED
    plain = copy(record)
    plain.args = _without_texts(record.args)
    return plain.getMessage()


def _is_of(record: logging.LogRecord, names: tuple[str, ...]) -> bool:
    return any(f"{record.name}.".startswith(f"{name}.") for name in names)


def _is_plain(record: logging.LogRecord) -> bool:
    """Whether the web server speaks of itself: it puts its reasons in words of the request."""
    return not record.args and "request from" not in record.msg and "\n" not in record.msg


def _page(request: Any) -> str:
    """The name of the page, never its address."""
    match = getattr(request, "resolver_match", None)
    return match.view_name if match else "(no page)"


def _without_texts(args: Any) -> Any:
    """The arguments of a line; of an exception its class, unless its sentence quotes nobody."""
    if isinstance(args, dict):
        # Celery hands over the exception of a task as it would print it.
        return {
            name: str(value).partition("(")[0] if name == "exc" else _without_text(value)
            for name, value in args.items()
        }
    return tuple(map(_without_text, args)) if args else args


def _without_text(value: Any) -> Any:
    quotes = isinstance(value, BaseException) and not isinstance(value, PrivacyError)
    return type(value).__name__ if quotes else value


def _named(fault: BaseException) -> str:
    name = type(fault).__name__
    return f"{name}: {fault}" if isinstance(fault, PrivacyError) else name


def _traced(fault: BaseException, *, seen: frozenset[int] = frozenset()) -> Iterator[str]:
    """Where it was raised, and from what; of code the lines, of data nothing."""
    seen |= {id(fault)}
    before = fault.__cause__ or (None if fault.__suppress_context__ else fault.__context__)
    if before is not None and id(before) not in seen:
        yield from _traced(before, seen=seen)
    yield "Traceback (most recent call last):"
    for frame in traceback.extract_tb(fault.__traceback__):
        yield f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}'
    yield _named(fault)
    if isinstance(fault, BaseExceptionGroup):
        for one in fault.exceptions:
            if id(one) not in seen:
                yield from _traced(one, seen=seen)
