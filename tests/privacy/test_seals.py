"""Sealed files: identical or refused, whatever was done to them; keys that enter by sealing alone."""

import io
import itertools
import os
import random
import tracemalloc
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.core.checks import run_checks
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from config import startup
from config.backups import key as backup_key
from privacy import seals
from privacy.errors import PrivacyError, SealBroken, SealKeyAbsent, SealKeyInvalid
from privacy.models import SealKey
from privacy.seals import streams
from privacy.seals.keys import Key, bytes_of_identity
from privacy.seals.streams import SEGMENT, TAG

OLD, NEW = Key("s1", b"\x5e" * 32), Key("s2", b"\x6f" * 32)
KEYS = {key.name: key for key in (NEW, OLD)}
HEAD = len(streams.MAGIC) + 1 + 2 + streams.SALT
# Around every border between segments.
LENGTHS = st.sampled_from(
    [0, 1, 17, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT - 1, 2 * SEGMENT, 3 * SEGMENT + 5]
)


def clear_of(length):
    return random.Random(length).randbytes(length)


def sealed(clear, *, key=OLD, store="documents", step=SEGMENT):
    chunks = (clear[at : at + step] for at in range(0, len(clear), step))
    return b"".join(streams.sealed(chunks, key=key, store=store))


def opened(content, *, keys=KEYS, store="documents"):
    with io.BufferedReader(streams.Opened(io.BytesIO(content), keys=keys, store=store)) as file:
        return file.read()


def segments_of(content):
    return [content[at : at + SEGMENT + TAG] for at in range(HEAD, len(content), SEGMENT + TAG)]


# --- the format ---------------------------------------------------------------------------------


@given(st.binary(max_size=300), st.integers(1, 50))
def test_what_is_opened_is_what_was_sealed(clear, step):
    assert opened(sealed(clear, step=step)) == clear


@given(LENGTHS, st.sampled_from([1_000, SEGMENT, 3 * SEGMENT]))
def test_so_across_the_borders_of_segments(length, step):
    clear = clear_of(length)
    content = sealed(clear, step=step)

    assert opened(content) == clear
    assert clear[:17] not in content[HEAD:] or length < 17


@given(LENGTHS, st.data())
def test_a_file_that_was_cut_is_refused(length, data):
    content = sealed(clear_of(length))
    borders = [HEAD + n * (SEGMENT + TAG) for n in range(len(segments_of(content)))]
    at = data.draw(st.sampled_from(borders) | st.integers(len(streams.MAGIC), len(content) - 1))

    with pytest.raises(PrivacyError):
        opened(content[:at])


@given(LENGTHS, st.data())
def test_a_bit_that_was_turned_is_noticed(length, data):
    content = bytearray(sealed(clear_of(length)))
    at = data.draw(st.integers(len(streams.MAGIC), HEAD) | st.integers(0, len(content) - 1))
    content[at] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(PrivacyError):
        opened(bytes(content))


@given(LENGTHS, st.binary(min_size=1, max_size=40))
def test_bytes_that_were_appended_are_noticed(length, more):
    with pytest.raises(SealBroken):
        opened(sealed(clear_of(length)) + more)


@given(st.permutations(range(4)))
def test_segments_in_another_order_are_noticed(order):
    content = sealed(clear_of(4 * SEGMENT))
    segments = segments_of(content)
    moved = content[:HEAD] + b"".join(segments[number] for number in order)

    if order == sorted(order):
        assert opened(moved) == clear_of(4 * SEGMENT)
    else:
        with pytest.raises(SealBroken):
            opened(moved)


@given(st.lists(st.integers(0, 2), max_size=5))
def test_segments_left_out_or_said_twice_are_noticed(order):
    content = sealed(clear_of(3 * SEGMENT))
    segments = segments_of(content)

    if order != [0, 1, 2]:
        with pytest.raises(SealBroken):
            opened(content[:HEAD] + b"".join(segments[number] for number in order))


@pytest.mark.parametrize("length", [0, 5, 2 * SEGMENT])
def test_a_head_or_segment_of_another_file_is_noticed(length):
    one, other = sealed(clear_of(length)), sealed(clear_of(length))
    swapped = [
        other[:HEAD] + one[HEAD:],
        one[:HEAD] + other[HEAD:],
        one[: -SEGMENT - TAG] + other[-SEGMENT - TAG :] if length > SEGMENT else other[:HEAD],
    ]

    for content in swapped:
        with pytest.raises(SealBroken):
            opened(content)


def test_the_last_segment_is_empty_only_of_an_empty_file():
    content = sealed(clear_of(SEGMENT))
    head = streams.read_head(io.BytesIO(content))
    cipher = AESGCM(OLD.of_store("documents", head.salt))
    first = cipher.encrypt(bytes(12), clear_of(SEGMENT), bytes(head))
    last = cipher.encrypt(bytes(10) + b"\x01\x01", b"", bytes(head))

    # One file, two ways to write it: only the one is taken.
    with pytest.raises(SealBroken):
        opened(content[:HEAD] + first + last)


def test_another_stores_file_another_key_and_no_key_are_refused():
    content = sealed(b"Zephyrine")

    with pytest.raises(SealBroken):
        opened(content, store="imports")
    with pytest.raises(SealBroken):
        opened(content, keys={"s1": Key("s1", NEW.secret)})
    with pytest.raises(SealKeyAbsent, match="'s1'"):
        opened(content, keys={"s2": NEW})
    # The id in the head is authenticated, too.
    with pytest.raises(SealBroken):
        opened(content.replace(b"\x02s1", b"\x02s2", 1))


def test_the_format_is_what_its_description_says():
    """Opened by nothing of Lethe: whoever has the key and this page reads a file."""
    content, at = sealed(b"Zephyrine"), 8
    assert content[:at] == b"\x93lethe\x00\x01"
    name = content[at + 1 : at + 1 + content[at]]
    head = content[: at + 1 + len(name) + 16]
    info = b"lethe seal store\0documents"
    derived = HKDF(SHA256(), length=32, salt=head[-16:], info=info).derive(OLD.secret)

    assert AESGCM(derived).decrypt(bytes(11) + b"\x01", content[len(head) :], head) == b"Zephyrine"


def test_no_two_files_and_no_two_segments_share_key_and_nonce():
    heads = [streams.read_head(io.BytesIO(sealed(b""))) for _n in range(50)]
    derived = {OLD.of_store(store, h.salt) for h in heads for store in ("documents", "imports")}

    assert len(derived) == 100
    content = sealed(bytes(3 * SEGMENT))
    assert len({segment[:SEGMENT] for segment in segments_of(content)}) == 3


@given(LENGTHS, st.lists(st.tuples(st.integers(0, 4 * SEGMENT), st.integers(0, 99)), max_size=6))
def test_an_opened_file_is_sought_like_any_other(length, reads):
    clear, raw = (
        clear_of(length),
        streams.Opened(io.BytesIO(sealed(clear_of(length))), keys=KEYS, store="documents"),
    )
    with io.BufferedReader(raw) as file, io.BytesIO(clear) as expected:
        for at, count in reads:
            assert file.seek(at) == expected.seek(at)
            assert file.read(count) == expected.read(count)
        assert file.seek(-min(3, length), io.SEEK_END) == expected.seek(-min(3, length), 2)
        assert file.read() == expected.read()
        # A server that sends a file by its descriptor would send the sealed bytes.
        with pytest.raises(io.UnsupportedOperation):
            file.fileno()


@pytest.mark.django_db
def test_a_file_of_any_length_takes_little_memory(tmp_path):
    path, piece = tmp_path / "long", os.urandom(1 << 20)
    tracemalloc.start()
    try:
        seals.write(path, itertools.repeat(piece, 64), store="documents")
        with seals.opened(path, store="documents") as file:
            seals.prove(file)
            assert file.seek(0, io.SEEK_END) == 64 << 20
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most < 8 << 20


# --- files --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_write_that_fails_leaves_what_was_there(tmp_path):
    path = tmp_path / "one"
    seals.write(path, [b"before"], store="documents")

    with pytest.raises(OSError, match="disk"), seals.writing(path, store="documents") as file:
        file.write(b"half")
        raise OSError("disk")

    assert seals.read(path, store="documents") == b"before"
    assert [entry.name for entry in tmp_path.iterdir()] == ["one"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "clear", [b"", b"A letter.", "Grüße 陳".encode(), b"\x93leth", b"\x00" * 99]
)
def test_what_an_older_release_wrote_is_read_as_it_is(tmp_path, clear):
    path = tmp_path / "one"
    path.write_bytes(clear)

    assert seals.read(path, store="documents") == clear
    assert not seals.is_sealed(path)


@pytest.mark.django_db
def test_the_storage_seals_what_it_takes_and_opens_what_it_gives():
    storage = storages["documents"]
    # One that looks as if it were sealed is sealed like any other.
    for clear in (b"Zephyrine Quillfeather", "陳大文".encode(), streams.MAGIC + b"x" * 99, b""):
        name = storage.save("ab/one", ContentFile(clear))
        with Path(storage.path(name)).open("rb") as raw:
            assert raw.read(len(streams.MAGIC)) == streams.MAGIC
            assert not clear or clear not in raw.read()
        with storage.open(name) as file:
            assert file.read() == clear
        assert storage.size(name) == len(clear)
        storage.delete(name)
        assert not Path(storage.path(name)).exists()
    with pytest.raises(ValueError, match="anew"):
        storage.open("ab/one", "wb")


# --- keys ---------------------------------------------------------------------------------------


def known():
    return set(SealKey.objects.values_list("key_id", flat=True))


def use(settings, *keys):
    settings.PRIVACY_SEAL_KEYS = [f"{key.name}:{key.secret.hex()}" for key in keys]


@pytest.mark.both
@pytest.mark.django_db
def test_a_key_enters_when_it_first_seals_and_never_by_a_look(settings, tmp_path, capsys):
    path = tmp_path / "one"
    path.write_bytes(b"clear")
    startup.prepare()
    seals.read(path, store="documents")
    call_command("sweep")
    run_checks(databases=["default"])
    assert not known()

    use(settings, OLD)
    seals.write(path, [b"x"], store="documents")
    assert known() == {"s1"}

    use(settings, NEW, OLD)
    startup.prepare()
    assert seals.read(path, store="documents") == b"x"
    assert known() == {"s1"}
    # What was only tried is not asked for again.
    use(settings, OLD)
    startup.prepare()


@pytest.mark.both
@pytest.mark.django_db
def test_after_a_rotation_old_files_are_read_and_new_ones_sealed_under_the_new_key(
    settings, tmp_path
):
    old, new = tmp_path / "old", tmp_path / "new"
    use(settings, OLD)
    seals.write(old, [b"old"], store="documents")

    use(settings, NEW, OLD)
    seals.write(new, [b"new"], store="documents")

    assert [seals.sealed_under(path) for path in (old, new)] == ["s1", "s2"]
    assert [seals.read(path, store="documents") for path in (old, new)] == [b"old", b"new"]
    assert known() == {"s1", "s2"}
    startup.prepare()


SHORT = "PRIVACY_SEAL_KEYS must be a list of id:hex"


@pytest.mark.both
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ([], "PRIVACY_SEAL_KEYS is empty"),
        (["s2:" + "6f" * 32], "'s1' of this database is not in PRIVACY_SEAL_KEYS"),
        (["s1:" + "6f" * 32], "'s1' is not the one that this database was made with"),
        (["s1:" + "5e" * 31], SHORT),
        (["s1:" + "5e" * 33], SHORT),
        (["s1:" + "5g" * 32], SHORT),
        (["5e" * 32], SHORT),
        (["a name with spaces:" + "5e" * 32], SHORT),
        (["s1:" + "5e" * 32, "s1:" + "6f" * 32], "one key id or one key twice"),
        (["s1:" + "5e" * 32, "s2:" + "5E" * 32], "one key id or one key twice"),
        (["s1:" + "5e" * 32, "s2:" + "11" * 32], "PRIVACY_SUPPRESSION_KEYS too"),
        (["s1:" + "5e" * 32, "s2:" + "22" * 32], "PRIVACY_JOURNAL_KEY too"),
        (["s1:" + "5e" * 32, "s2:" + "55" * 32], "RETENTION_ARCHIVE_KEYS too"),
        (["s1:" + "5e" * 32, "s2:" + "ab" * 32], "DJANGO_SECRET_KEY too"),
        (["s1:" + "5e" * 32, "s2:" + "cd" * 32], "DJANGO_SECRET_KEY too"),
        (["s1:" + "5e" * 32, "s2:" + "ef" * 32], "PRIVACY_SMS_KEY too"),
    ],
)
def test_no_start_under_a_key_that_is_absent_wrong_short_twice_or_shared(
    settings, tmp_path, keys, sentence
):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "ab" * 32, ["cd" * 32]
    settings.PRIVACY_SMS_KEY = "ef" * 32
    seals.write(tmp_path / "one", [b"x"], store="documents")
    settings.PRIVACY_SEAL_KEYS = keys

    with pytest.raises(SealKeyInvalid, match=sentence) as refused:
        startup.prepare()
    with pytest.raises(CommandError, match=sentence):
        call_command("verify_journal")

    assert not any(entry.partition(":")[2] in str(refused.value) for entry in keys if ":" in entry)
    assert known() == {"s1"}


@pytest.mark.django_db
def test_no_start_under_a_key_that_is_the_backups_identity(settings):
    settings.BACKUP_KEY = backup_key.new()
    secret = bytes_of_identity(settings.BACKUP_KEY)
    # These are the bytes, as another library finds the same public key.
    public = X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
    assert public == bytes_of_identity(str(backup_key.identity().to_public()))
    settings.PRIVACY_SEAL_KEYS = [f"s1:{secret.hex()}"]

    with pytest.raises(SealKeyInvalid, match="BACKUP_KEY too"):
        startup.prepare()


@pytest.mark.parametrize("keys", [[], ["s1:short"], ["s1:" + "11" * 32]])
def test_a_bad_key_is_said_by_a_check_that_quotes_none(settings, keys):
    settings.PRIVACY_SEAL_KEYS = keys

    (found,) = [one for one in run_checks(tags=["privacy"]) if "SEAL_KEYS" in one.msg]

    assert found.id == "privacy.E010"
    assert "1111" not in f"{found.msg} {found.hint}"
