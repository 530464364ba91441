"""Profile links: one spelling for each, and the links that a text holds.

Version 2. Scheme, user, port, `www.`, `m.`, query and fragment go; of the networks in the table
the hosts of countries are one, and a path ends behind the name of the person.
"""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, unquote

from privacy.points.hosts import host_form, is_host
from privacy.points.spelling import folded, lined, plain, settled

SCHEME = re.compile(
    r"^(?:(?:https?|ftp|url|linkedin|fb|twitter)\s*[:;]\s*/*|[A-Za-z][A-Za-z0-9+.-]*:/+|/+)",
    re.IGNORECASE,
)
PORT = re.compile(r":\d{0,5}\Z")
NEEDLESS_LABEL = re.compile(r"^(?:www|m)\.(?=[^.]+\.)")
# Network -> (the host that stands for all of its hosts; what a person's path begins with, and how
# many parts name the person behind it). "" is the beginning of the path itself.
NETWORKS: dict[str, tuple[str, dict[str, int]]] = {
    "linkedin.com": ("linkedin.com", {"in/": 1, "company/": 1, "school/": 1, "showcase/": 1}),
    "linkedin.cn": ("linkedin.com", {"in/": 1}),
    "xing.com": ("xing.com", {"profile/": 1, "profiles/": 1, "pages/": 1}),
    "facebook.com": ("facebook.com", {"people/": 2, "": 1}),
    "fb.com": ("facebook.com", {"people/": 2, "": 1}),
    "twitter.com": ("x.com", {"": 1}),
    "x.com": ("x.com", {"": 1}),
    "instagram.com": ("instagram.com", {"": 1}),
    "threads.net": ("threads.net", {"": 1}),
    "threads.com": ("threads.net", {"": 1}),
    "github.com": ("github.com", {"": 1}),
    "tiktok.com": ("tiktok.com", {"": 1}),
    "youtube.com": ("youtube.com", {"channel/": 1, "c/": 1, "user/": 1, "": 1}),
    "t.me": ("t.me", {"": 1}),
    "telegram.me": ("t.me", {"": 1}),
    "researchgate.net": ("researchgate.net", {"profile/": 1}),
    "zhihu.com": ("zhihu.com", {"people/": 1}),
    "weibo.com": ("weibo.com", {"u/": 1, "n/": 1, "": 1}),
    "weibo.cn": ("weibo.com", {"u/": 1, "n/": 1, "": 1}),
    "crunchbase.com": ("crunchbase.com", {"person/": 1}),
    "about.me": ("about.me", {"": 1}),
}
# Where the query alone says who it is.
NAMED_BY_QUERY = {
    "facebook.com": {"profile.php": "id"},
    "linkedin.com": {"profile/view": "id"},
    "scholar.google.com": {"citations": "user"},
}
ALONE = re.compile(r"[^\s/?#@:]+\.[^\s/?#@:]+")
WHOLLY_ENCODED = re.compile(r"\s*[a-z]+%3a%2f|[^/\s]+%2f", re.IGNORECASE)
BETWEEN = re.compile(r"[\s<>\"“”„«»|;，；、\u2028]+|,(?=\s|https?:|www\.)|(?<=\w)\]?\((?=https?:)")
EDGES = "'`´‘’()[]{}.,:;!*…"


def link_form(value: str) -> str:
    """Host and path of a link, folded; "" where nothing is left."""
    return settled(_reduced, value)


def _reduced(value: str) -> str:
    host, path, query = _parted(value)
    for network, (one, beginnings) in NETWORKS.items():
        if host == network or host.endswith(f".{network}"):
            host, path = one, _to_the_name(path, beginnings)
            break
    named_by = NAMED_BY_QUERY.get(host, {}).get(path)
    if named_by and (name := parse_qs(query).get(named_by, [""])[0]):
        return f"{host}/{path}?{named_by}={folded(name)}"
    return f"{host}/{path}".rstrip("/").strip()


def _parted(value: str) -> tuple[str, str, str]:
    """(host, path, query) of a link, without what says nothing of whom it shows."""
    text = unquote(plain(value)).strip("<>\"' ").replace("\\", "/").replace("/#!/", "/")
    text = settled(lambda t: SCHEME.sub("", t), text)
    text, _mark, _fragment = text.partition("#")
    text, _mark, query = text.partition("?")
    host, _slash, path = text.partition("/")
    host = PORT.sub("", host.rpartition("@")[2]).strip().rstrip(".")
    host = settled(lambda h: NEEDLESS_LABEL.sub("", h), host_form(host))
    parts = [folded(part).strip() for part in path.split("/")]
    return host, "/".join(filter(None, parts)), query


def _to_the_name(path: str, beginnings: dict[str, int]) -> str:
    """The path as far as it says who is shown; one of no known beginning stays as it is."""
    for beginning, count in beginnings.items():
        at = f"/{path}".find(f"/{beginning}") if beginning else 0
        if at < 0:
            continue
        name = "/".join(path[at + len(beginning) :].split("/")[:count])
        if name:
            return f"{beginning}{name}" if beginning else name.removeprefix("@")
    return path


def link_form_1(value: str) -> str:
    """Version 1, in which older entries of the suppression file are asked; it never changes."""
    return settled(_reduced_1, value)


def _reduced_1(value: str) -> str:
    text = plain(value)
    text = re.sub(r"^([A-Za-z][A-Za-z0-9+.-]*:)?/*", "", text)
    text = re.split(r"[?#]", text, maxsplit=1)[0]
    host, _slash, path = text.partition("/")
    host = host_form(host.rpartition("@")[2].removeprefix("www."))
    return f"{host}/{folded(path)}".rstrip("/").strip()


def is_link(form: str) -> bool:
    """Whether this form names a site; a handle alone does not say of which."""
    return is_host(form.partition("/")[0])


def links_in(text: str) -> list[str]:
    """Every link that this text holds, as it is to be written; each once."""
    if WHOLLY_ENCODED.match(text):
        text = unquote(text)
    words = [word for word in BETWEEN.split(lined(text)) if word]
    found: dict[str, str] = {}
    for value in _candidates(words):
        if is_link(form := link_form(value)):
            found.setdefault(form, value)
    return list(found.values())


def _candidates(words: list[str]) -> Iterator[str]:
    for word in words:
        value = word.strip(EDGES)
        host = value.partition("/")[0]
        has_scheme = bool(re.match(r"[A-Za-z][A-Za-z0-9+.-]*:/+", value))
        if not has_scheme and "@" in host:
            # An e-mail address, or a handle.
            continue
        if (
            has_scheme
            or "/" in value
            or host.casefold().startswith("www.")
            or (len(words) == 1 and ALONE.fullmatch(host))
        ):
            yield value
