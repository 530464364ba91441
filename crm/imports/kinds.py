"""What a file is, told by its bytes and never by its name: what is no table is refused by kind.

The name of a file says what somebody hoped. A page of HTML named .xls, a workbook under a password
and a noise of bytes are told apart before anything is decoded.
"""

import io
import re
import zipfile

from django.utils.translation import gettext as _

from crm.errors import ImportRefused

PACKED = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0"
# What stands at the beginning of files that are no text, and what they are.
NO_TEXT = {
    b"%PDF": "PDF",
    b"%!PS": "PostScript",
    b"{\\rtf": "RTF",
    b"\x09\x00\x04\x00": "XLS",
    b"\x09\x02\x06\x00": "XLS",
    b"\x09\x04\x06\x00": "XLS",
    b"\x09\x08": "XLS",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"\x1f\x8b": "GZIP",
    b"BZh9": "BZIP2",
    b"7z\xbc\xaf\x27\x1c": "7Z",
    b"Rar!": "RAR",
    b"\xfd7zXZ": "XZ",
    b"\x28\xb5\x2f\xfd": "ZSTD",
    b"PK\x05\x06": "ZIP",
    b"SQLite format 3\0": "SQLite",
    b"\0\x01\0\0Standard ": "Access",
    b"!BDN": "PST",
    b"PAR1": "Parquet",
    b"MIME-Version:": "MHTML",
    b"BEGIN:VCALENDAR": "iCalendar",
}
# What the directory of an OLE file names, and what such a file is.
OLE_KINDS = {
    "WordDocument": "DOC",
    "PowerPoint Document": "PPT",
    "__properties_version1.0": "MSG",
}
# A member of a packed file, and what such a file is.
MEMBERS = {
    "xl/workbook.bin": "XLSB",
    "word/document.xml": "DOCX",
    "ppt/presentation.xml": "PPTX",
    "Index/Document.iwa": "Numbers",
    "Index.zip": "Numbers",
}
OPEN_DOCUMENT = {"spreadsheet": "ODS", "text": "ODT", "presentation": "ODP"}
HEAD = 4096
BLANK = b"\xef\xbb\xbf \t\r\n"
COMMENT = re.compile(rb"\A(?:\s*<!--.*?-->)*\s*", re.DOTALL)
PAGE = re.compile(
    rb"<(?:!doctype\s+html|(?:html|head|body|table|meta|script|style|div|title)[\s>/])",
    re.IGNORECASE,
)
PAGE_WITHIN = re.compile(rb"<html[\s>]", re.IGNORECASE)
SYLK = re.compile(rb"ID;P\w*(?:;\w*)*\r?\n[A-Z];")
JSON = re.compile(rb"(?:\[\s*)?\{\s*\"|\[\s*\[")
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
# No encoding of addresses writes them; of noise they are a tenth.
CONTROLS = re.compile(rb"[\x01-\x08\x0e-\x19\x1c-\x1f\x7f]")
# A cell may be padded with wide spaces, which are pairs of one byte; none is as long as this.
ONE_BYTE_ONLY = re.compile(rb"\xff{64}|([\x80-\xfe])\1{4095}")


def protected() -> ImportRefused:
    """The refusal of what nobody can read without its password."""
    return ImportRefused(
        _(
            "The workbook is protected by a password; open it, take the password away (File, Info,"
            " Protect Workbook), save it as XLSX and upload it again."
        )
    )


def refuse_unreadable(content: bytes) -> None:
    """ImportRefused, by name, of what is neither a text nor a workbook."""
    head = content[:HEAD]
    if head.startswith(OLE):
        _refuse_ole(content)
    if head.startswith(UTF_16):
        codec = "utf-16-le" if head.startswith(UTF_16[0]) else "utf-16-be"
        start = head[2:].decode(codec, "replace").encode("ascii", "replace")
    else:
        start = head
        if _is_noise(content[: 16 * HEAD]):
            raise ImportRefused(
                _(
                    "The encoding cannot be told; save the file as “CSV UTF-8”, or choose the"
                    " encoding."
                )
            )
    if kind := _kind(start):
        raise of_kind(kind)


def of_kind(kind: str) -> ImportRefused:
    """The refusal of a file of this kind."""
    return ImportRefused(
        _("This is a file of kind %s, not a table; save it as CSV or XLSX.") % kind
    )


def packed_kind(archive: zipfile.ZipFile) -> str:
    """What a packed file that is no workbook is."""
    names = set(archive.namelist())
    if "mimetype" in names:
        with archive.open("mimetype") as file:
            kind = file.read(200).decode("ascii", "replace")
        if "opendocument" in kind:
            return OPEN_DOCUMENT.get(kind.strip().rpartition(".")[2].partition("-")[0], "ODF")
    return next((kind for name, kind in MEMBERS.items() if name in names), "ZIP")


def _refuse_ole(content: bytes) -> None:
    if any(name.encode("utf-16-le") in content for name in ("EncryptedPackage", "EncryptionInfo")):
        raise protected()
    kinds = (kind for name, kind in OLE_KINDS.items() if name.encode("utf-16-le") in content)
    raise of_kind(next(kinds, "XLS"))


def _kind(start: bytes) -> str:
    for beginning, kind in NO_TEXT.items():
        if start.startswith(beginning):
            return kind
    text = start.lstrip(BLANK)
    for beginning in (b"%PDF", b"{\\rtf", b"MIME-Version:", b"BEGIN:VCALENDAR"):
        if text.startswith(beginning):
            return NO_TEXT[beginning]
    text = text[COMMENT.match(text).end() :]  # type: ignore[union-attr]
    if PAGE.match(text):
        return "HTML"
    if text.startswith(b"<?xml"):
        return _of_xml(text)
    if SYLK.match(text):
        return "SYLK"
    return "JSON" if JSON.match(text) else ""


def _of_xml(text: bytes) -> str:
    if b"office:spreadsheet" in text or b"Excel.Sheet" in text:
        return _("XML spreadsheet 2003")
    if PAGE_WITHIN.search(text):
        return "HTML"
    return "FODS" if b"opendocument" in text else "XML"


def _is_noise(sample: bytes) -> bool:
    """Whether these bytes are the text of nobody, in whatever encoding."""
    if not sample or sample.count(0) * 50 > len(sample):
        # UTF-16 without a mark, perhaps; whoever decodes it tells.
        return not sample.strip(b"\0") and bool(sample)
    return len(CONTROLS.findall(sample)) * 50 > len(sample) or bool(ONE_BYTE_ONLY.search(sample))


def is_packed(content: bytes) -> bool:
    """Whether this is a packed file, as workbooks are."""
    return content.startswith(PACKED)


def opened(content: bytes) -> zipfile.ZipFile:
    """The packed file; refused where it is damaged."""
    try:
        return zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise ImportRefused(
            _("The file is cut or no XLSX; open it and save it again, or save it as CSV.")
        ) from None
