"""What may be stored as a document: judged by its content, not its name, and not too big."""

import puremagic
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.utils.translation import gettext as _

from privacy import quarantine, readers
from privacy.errors import CardRefused

# What an office exchanges and no browser executes.
ALLOWED = frozenset(
    {
        "application/pdf",
        "image/jpeg",
        "image/png",
        "image/tiff",
        "text/plain",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.oasis.opendocument.text",
    }
)
HEAD = 8192


def content_type_of(file: File) -> str:
    """The type that the content shows; too big, of no allowed type, or with a card: refused."""
    if file.size > settings.CRM_DOCUMENT_MAX_BYTES:
        limit = settings.CRM_DOCUMENT_MAX_BYTES // 1024 // 1024
        raise ValidationError(_("The file is larger than %(limit)s MB.") % {"limit": limit})
    file.seek(0)
    content = file.read()
    file.seek(0)
    found = _recognised(content)
    if found not in ALLOWED:
        raise ValidationError(
            _("The content is none of: PDF, JPEG, PNG, TIFF, plain text, Word, Excel, ODT.")
        )
    try:
        quarantine.refuse_cards(*readers.texts(content))
    except CardRefused as refusal:
        raise ValidationError(str(refusal)) from None
    return found


def _recognised(content: bytes) -> str:
    try:
        if guess := puremagic.from_string(content, mime=True):
            return guess
    except (puremagic.PureError, ValueError):
        pass
    try:
        text = content[:HEAD].decode("utf-8", errors="strict" if len(content) < HEAD else "ignore")
    except UnicodeDecodeError:
        return ""
    looks_like_markup = text.lstrip().startswith("<")
    return "" if "\0" in text or looks_like_markup else "text/plain"
