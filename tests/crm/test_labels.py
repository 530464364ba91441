"""A no in any heading, label or cell that nobody reads is counted, or somebody has to look."""

import csv
import io

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from crm.contacts import SourceFacts
from crm.enums import RoleKind, SourceType
from crm.imports import batch, labels, noes, optouts, reading
from crm.imports.aliases import Why
from crm.models import Contact
from privacy.models import ConsentEvent

ALL = frozenset({"email", "phone", "sms"})
FORBIDDING = [
    "emailAddressIsOptedOut", "DoNotEmail", "do_not_call", "Unsubscribed At", "Opt-out date",
    "Werbesperre", "Kontaktsperre", "Sperrvermerk", "Robinsonliste", "不願接收", "拒收推廣",
    "Blacklist", "blacklisted", "Blocklisted", "suppressed", "No marketing", "Not subscribed",
    "Werbung nicht erlaubt", "Kein Newsletter", "Einwilligung widerrufen am", "Widerspruch",
    "退訂日期", "黑名單", "請勿聯絡", "Désabonné le", "Ne pas contacter", "未同意接收",
]  # fmt: skip
PERMITTING = [
    "Accepts Email Marketing", "Accepts SMS Marketing", "Email Marketing Consent", "Subscribed",
    "Email Subscriber Status", "Email Opt-In Status", "Mailing list", "GDPR consent", "Newsletter",
    "Werbung erlaubt", "Newsletter gewünscht", "Mailing: ja/nein", "Einwilligung", "願意接收推廣",
    "同意接收", "可否聯絡", "是否同意接收", "訂閱", "is_subscribed", "wantsNewsletter", "Abonné",
]  # fmt: skip
YES = ["yes", "true", "1", "ja", "x", "是", "2024-03-01", "2024-03-01 10:00:00", "perhaps"]
NO = [
    "no",
    "No",
    "false",
    "0",
    "nein",
    "否",
    "non",
    "unsubscribed",
    "declined",
    "abgemeldet",
    "拒絕",
]
NOTHING = ["", "-", "n/a", "0000-00-00", "0000-00-00 00:00:00", "unknown", "不詳", "k.A.", "--"]
OF_STATES = [
    "status", "State", "subscription", "Lead Status", "tags", "Groups", "Group Membership",
    "labels", "Categories", "segment", "list", "Kontaktstatus", "Gruppe", "狀態", "標籤", "群組",
]  # fmt: skip
NOES = [
    "unsubscribed", "Unsubscribed", "opted out", "opted-out", "OptedOut", "opt_out", "blocklisted",
    "blacklisted", "Do Not Contact", "DO_NOT_CONTACT", "do not call", "don't contact", "DNC",
    "no marketing", "no calls", "never contact", "abgemeldet", "gesperrt", "nicht kontaktieren",
    "keine Werbung", "keine Anrufe", "Werbesperre", "Widerspruch", "退訂", "已退訂", "拒收",
    "黑名單", "請勿聯絡", "勿擾", "不接收推廣", "désabonné", "ne pas contacter", "not subscribed",
]  # fmt: skip
WEAK = ["declined", "refused", "blocked", "rejected", "abgelehnt", "blockiert", "refusé", "stop"]
HARMLESS = [
    "active", "enabled", "customer", "VIP", "subscribed", "lead", "not unsubscribed", "opt-out: no",
    "nicht gesperrt", "未退訂", "Notion", "waitlist", "optician", "Nonprofit", "bounced", "2024-01-01",
    '{"unsubscribed": false}', "Robinson Crusoe", "不鏽鋼", "Kinder",
]  # fmt: skip
UNKNOWN = ["Colour", "attributes", "Custom 7", "備用", "Feld 3", "cf_19", "Info", "Notes"]


def table_of(header, value, *others):
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["First Name", "E-mail", header])
    for place, cell in enumerate((value, *others)):
        writer.writerow([f"Ann{place}", f"ann{place}@example.com", cell])
    return reading.read(text.getvalue().encode())


def refused(table, at=0):
    _number, cells = list(table.rows())[at]
    return optouts.refused(
        {
            name: [cells[p] for p in places if cells[p]]
            for name, places in table.columns.items()
            if name.startswith("opt_")
        }
    )


@given(header=st.sampled_from(FORBIDDING), value=st.sampled_from(YES))
def test_anything_but_a_no_below_a_header_that_forbids_is_one(header, value):
    assert refused(table_of(header, value))


@given(header=st.sampled_from(FORBIDDING), value=st.sampled_from(NOTHING + ["no", "nein", "否"]))
def test_zeros_and_placeholders_below_it_are_none(header, value):
    assert not refused(table_of(header, value))


@given(header=st.sampled_from(PERMITTING), value=st.sampled_from(NO))
def test_a_no_below_a_header_that_permits_counts(header, value):
    assert refused(table_of(header, value))


@given(header=st.sampled_from(PERMITTING), value=st.sampled_from(["yes", "ja", "是", "", "true"]))
def test_a_yes_below_it_says_nothing(header, value):
    assert not refused(table_of(header, value))


@given(
    header=st.sampled_from(OF_STATES),
    value=st.sampled_from(NOES + WEAK),
    beside=st.sampled_from(["{}", "Newsletter,{}", "{};VIP", "VIP | {}", "{} (2024)"]),
)
def test_a_state_or_a_label_that_says_no_counts_at_once(header, value, beside):
    table = table_of(header, beside.format(value), "customer")

    assert refused(table)
    assert not refused(table, at=1)
    assert not noes.unread(table)


@given(header=st.sampled_from(UNKNOWN + OF_STATES), value=st.sampled_from(NOES + WEAK))
def test_no_no_below_any_header_goes_in_as_a_plain_prospect(header, value):
    table = table_of(header, value)

    assert refused(table) or noes.unread(table)
    assert value not in "".join(noes.unread(table))


@given(header=st.sampled_from(UNKNOWN + OF_STATES), value=st.sampled_from(HARMLESS))
def test_what_says_no_no_makes_nothing_wait(header, value):
    table = table_of(header, value)

    assert not refused(table)
    assert not noes.unread(table)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Notes", "Met at the fair and was told by her that we do not call before ten"),
        ("Contact remarks", "nein"),
        ("聯絡備註", "否"),
        ("Foo", "customer declined"),
        ("Foo", "Werbung wurde am Telefon abgelehnt"),
    ],
)
def test_a_doubtful_cell_makes_the_file_wait(header, value):
    table = table_of(header, value)

    (sentence,) = noes.unread(table)
    assert f"Column 3 ({header})" in sentence
    assert value not in sentence


@pytest.mark.parametrize(
    ("text", "channels"),
    [
        ("do not call", {"phone"}),
        ("no SMS", {"sms"}),
        ("Email unsubscribed", {"email"}),
        ("do not call, mail or text", ALL),
        ("請勿致電", {"phone"}),
        ("keine E-Mails", {"email"}),
        ("Newsletter,Unsubscribed", ALL),
        ('{"newsletter": false}', {"email"}),
    ],
)
def test_the_channel_is_the_one_that_the_label_names(text, channels):
    assert labels.refused(text, among_labels=True) == channels


@pytest.mark.parametrize("channels", [ALL, {"email"}, {"phone", "sms"}, {"sms"}])
def test_a_no_in_our_words_is_read_again(channels):
    assert labels.refused(labels.in_words(channels), among_labels=True) == channels


@given(
    text=st.sampled_from(
        [*NOES, *WEAK, "newsletter: no", "x_unsubscribed=1", "doNotEmail", "NoSMS"]
    ),
    around=st.sampled_from(
        ["{}", "VIP,{}", "Met in spring; {}", "2024: {} (by telephone)", "{}!"]
    ),
)
def test_the_cheap_look_misses_none(text, around):
    assert labels.may_say(around.format(text))
    assert labels.may_say(around.format(text.upper()))


def test_the_heading_names_the_channel_where_the_label_names_none():
    assert refused(table_of("Email status", "unsubscribed")) == {"email"}


def test_what_is_read_for_a_no_alone_is_named():
    table = table_of("status", "unsubscribed")

    assert [(column.name, column.why) for column in table.dropped] == [("status", Why.NO)]


def test_a_column_that_somebody_dropped_is_looked_at_all_the_same():
    table = reading.read(
        b"Name,E-mail,status\nAnn,ann@example.com,unsubscribed\n", mapping={0: "full", 1: "email"}
    )

    assert refused(table) == ALL


# --- into the office ----------------------------------------------------------------------------


def imported(content):
    return batch.run(
        reading.read(content),
        source=SourceFacts(SourceType.CARD, timezone.localdate()),
        role=RoleKind.PROSPECT,
        apply=True,
    )


def refusals(name):
    person = Contact.objects.get(latin_given_name=name)
    return set(ConsentEvent.objects.filter(subject=person).values_list("channel", flat=True))


@pytest.mark.django_db
@pytest.mark.both
def test_each_channel_of_a_shop_has_its_own_answer():
    imported(
        b"First Name,Last Name,Email,Accepts Email Marketing,Accepts SMS Marketing\n"
        b"Ann,Lark,ann@example.com,no,no\nBo,Lark,bo@example.com,yes,no\n"
    )

    assert refusals("Ann") == {"email", "sms"}
    assert refusals("Bo") == {"sms"}


@pytest.mark.django_db
@pytest.mark.both
def test_a_status_counts_for_its_person_alone():
    imported(
        b"First Name,Email,status\nAnn,ann@example.com,blocklisted\nBo,bo@example.com,enabled\n"
    )

    assert refusals("Ann") == ALL
    assert refusals("Bo") == set()


@pytest.mark.django_db
@pytest.mark.both
@pytest.mark.parametrize(
    ("line", "channels"),
    [
        ("CATEGORIES:Newsletter,Unsubscribed", ALL),
        ("CATEGORIES:Kunden,Keine Werbung", ALL),
        ("X-UNSUBSCRIBED:1", ALL),
        ("X-DO-NOT-CALL:true", {"phone"}),
        ("X-EMAIL_OPT_OUT:yes", {"email"}),
        ("X-NEWSLETTER:no", {"email"}),
        ("X-STATUS:blocklisted", ALL),
        ("item1.X-ABLABEL:Do not contact", ALL),
        ("X-OPT-OUT:0", set()),
        ("CATEGORIES:Newsletter,VIP", set()),
        ("NOTE:do not contact", ALL),
    ],
)
def test_a_card_says_no_in_any_property(line, channels):
    head = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Lark;Bo;;;\r\nEMAIL:bo@example.com\r\n"
    imported(f"{head}{line}\r\nEND:VCARD\r\n".encode())

    assert refusals("Bo") == channels


def test_a_note_of_a_card_that_may_say_no_is_named_without_its_text():
    note = "He asked that we do not contact him while the matter of his house is open"
    head = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Lark;Bo;;;\r\nEMAIL:bo@example.com\r\n"
    table = reading.read(f"{head}NOTE:{note}\r\nEND:VCARD\r\n".encode())

    (sentence,) = noes.unread(table)
    assert "NOTE" in sentence
    assert "house" not in str(list(table.rows())) + sentence
