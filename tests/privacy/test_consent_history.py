"""The ledger told anew from its events says what was shown on any day, in whatever order it is read."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privacy import consent, notices, purposes
from privacy.consent.standing import Event, told
from privacy.enums import NOES, Channel, ConsentKind, ConsentMethod, ConsentState
from privacy.errors import TransitionRefused
from privacy.models import ConsentEvent
from tests.factories.crm import ContactFactory
from tests.factories.privacy import NoticeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]

BEGIN = datetime(2024, 1, 1, 4, tzinfo=UTC)
PURPOSES = ("newsletter", "promotion", purposes.MARKETING)
# What somebody says, of what, how, and how many days after the last thing they said.
SAID = st.lists(
    st.tuples(
        st.sampled_from(tuple(ConsentKind)),
        st.sampled_from(PURPOSES),
        st.sampled_from((ConsentMethod.ONLINE, ConsentMethod.ORAL, ConsentMethod.IMPORT)),
        st.integers(min_value=0, max_value=20),
        st.booleans(),
    ),
    min_size=1,
    max_size=7,
)


def say(contact, kind, purpose, method, at, *, ends):
    """One thing said; False where the door refuses it, as it refuses a stray confirmation."""
    proof = {"wording_text": "Yes.", "notice": notices.in_force(on=date(2024, 1, 1))}
    try:
        consent.record(
            contact,
            purpose=purpose,
            channel=Channel.EMAIL,
            kind=kind,
            method=method,
            at=at,
            evidence="form 12",
            valid_until=(at + timedelta(days=30)).date() if ends else None,
            by=None,
            **(proof if kind is ConsentKind.GIVEN else {}),
        )
    except TransitionRefused:
        return False
    return True


def shown(contact, on):
    return {
        purpose: consent.state([contact.pk], purpose, Channel.EMAIL, on=on)[contact.pk].state
        for purpose in PURPOSES
    }


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(said=SAID)
def test_what_was_shown_on_a_day_is_what_the_ledger_says_of_it_ever_after(said):
    NoticeFactory()
    contact = ContactFactory()
    at, then = BEGIN, {}
    for kind, purpose, method, pause, ends in said:
        at += timedelta(days=pause, minutes=1)
        if say(contact, kind, purpose, method, at, ends=ends):
            day = timezone.localdate(at)
            # As it was shown that day, before anything later was known.
            then[day] = shown(contact, day)

    for day, states in then.items():
        assert shown(contact, day) == states
    # Between two days on which something was said nothing but time has passed.
    for before, after in pairwise(sorted(then)):
        for day in (before + timedelta(days=1), after - timedelta(days=1)):
            if before < day < after:
                quiet = shown(contact, day)
                changed = {key for key in quiet if quiet[key] != then[before][key]}
                assert {quiet[key] for key in changed} <= {
                    ConsentState.EXPIRED,
                    ConsentState.LAPSED,
                }

    # Written anew into an empty ledger, in the order of receipt, it says the same.
    rows = list(ConsentEvent.objects.filter(subject=contact).order_by("pk"))
    twin = ContactFactory()
    for row in rows:
        row.pk, row.reference, row.subject = (
            None,
            row.reference.__class__(int=row.reference.int ^ 1),
            twin,
        )
        row._state.adding = True
        row.save()
    for day, states in then.items():
        assert shown(twin, day) == states


@given(
    said=st.lists(
        st.tuples(st.sampled_from(tuple(ConsentKind)), st.sampled_from(tuple(ConsentMethod))),
        max_size=8,
    ),
    order=st.randoms(use_true_random=False),
)
def test_the_order_in_which_events_are_read_decides_nothing_and_a_no_is_never_undone_by_silence(
    said, order
):
    events = [
        Event(
            number,
            f"{number:032x}",
            1,
            "newsletter",
            "email",
            "",
            str(kind),
            str(method),
            datetime.combine(date(2024, 1, 1) + timedelta(days=number), time(12), UTC),
            None,
            "",
        )
        for number, (kind, method) in enumerate(said)
    ]
    shuffled = list(events)
    order.shuffle(shuffled)

    assert told(shuffled) == told(events)
    for number, event in enumerate(events):
        later = events[number + 1 :]
        own_yes = any(
            e.kind == ConsentKind.GIVEN and e.method != ConsentMethod.IMPORT for e in later
        )
        if event.kind in NOES and not own_yes:
            assert told(events).is_no
