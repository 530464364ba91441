"""Telling people of a version of the notice: whom it concerns, the run, and the letters after it.

A changed notice is posted, and where it matters each person is told by e-mail (S141; Art. 13(3),
14(4) GDPR). Whoever tells them chooses whom, and says why; of a version that changes purposes
those whose data the purposes use are always among them. The run is a message to many: approved by
a second person, sent one at a time through the gate on a legal obligation, so that a "no" to
marketing does not stop it. Who is restricted or under age is left out and counted. Whom no e-mail
reached is listed for letters until they were told.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import formats, translation
from django.utils.translation import gettext as _

from privacy import changes, dispatch, gate, informing, links, restriction, subjects
from privacy.dispatch import Text
from privacy.enums import DeliveryState, DispatchKind, DispatchState, Reach, Told, Verdict
from privacy.errors import PrivacyError, TransitionRefused
from privacy.models import ConsentEvent, Delivery, Dispatch, LegalEntity, Notice, NoticeGiven

PURPOSE = "rights"
LANGUAGES = {"en": "en", "zh_hant": "zh-hant"}
OPEN = (
    DispatchState.DRAFT,
    DispatchState.APPROVED,
    DispatchState.SENDING,
    DispatchState.PAUSED,
)
# Runs whose people were written to, or are being.
RUN = (DispatchState.SENDING, DispatchState.PAUSED, DispatchState.DONE)


@transaction.atomic
def prepare(
    notice: Notice,
    *,
    reach: str,
    reason: str,
    texts: Mapping[str, Text],
    by: Any,
    entity: LegalEntity | None = None,
) -> Dispatch:
    """Prepare a run about this version, addressed to whom it concerns; another approves it.

    Refused: a version that is not approved, another run of it that has not ended, a text that does
    not lead to the version, no reason, and where nobody is left to tell.
    """
    if notice.approved_at is None:
        raise TransitionRefused(_("Nobody is told of a proposal; have it approved first."))
    if notice.dispatches.filter(state__in=OPEN).exists():
        raise TransitionRefused(
            _("People are being told of this version already; end or cancel that message first.")
        )
    if not reason.strip():
        raise PrivacyError(_("Say why these people, and not others, are told."))
    for name, text in texts.items():
        if address_of(notice, language=LANGUAGES[name]) not in text.body:
            raise PrivacyError(_("Both texts lead to the version: leave its address in them."))
    people = concerned(notice, reach=reach)
    if not people:
        raise PrivacyError(_("Nobody of these is left to tell of this version."))
    made = dispatch.prepare(
        kind=DispatchKind.NOTICE,
        purpose=PURPOSE,
        texts=texts,
        by=by,
        entity=entity,
        notice=notice,
    )
    Dispatch.objects.filter(pk=made.pk).update(reach=reach, reach_reason=reason)
    dispatch.address(made, people, by=by)
    made.refresh_from_db()
    return made


def concerned(notice: Notice, *, reach: str) -> set[int]:
    """The living people who are to be told of this version and have not been.

    Where purposes were added or changed, those whose data they use are concerned in any case.
    """
    used = _used(notice)
    match reach:
        case Reach.EARLIER:
            wanted = _pks(_earlier(notice)) | _merged(notice)
        case Reach.UNTOLD:
            wanted = _pks(informing.untold())
        case Reach.EVERYBODY:
            wanted = _pks(_living())
        case Reach.USED if used is not None:
            wanted = set()
        case Reach.USED:
            raise PrivacyError(_("This version changes no purpose; choose the people otherwise."))
        case _:
            raise PrivacyError(_("Choose who is to be told."))
    wanted |= used or set()
    return wanted - _pks(_living().filter(_is_told(notice)))


def counts(notice: Notice) -> dict[Reach, int]:
    """How many people each choice is about, told of this version or not, asked in SQL."""
    return {
        Reach.EARLIER: _earlier(notice).count(),
        Reach.UNTOLD: informing.untold().count(),
        Reach.EVERYBODY: _living().count(),
    }


def drafts(notice: Notice) -> dict[str, Text]:
    """What a run may say, in both languages, with the public address of the version."""
    written = {}
    for name, language in LANGUAGES.items():
        with translation.override(language):
            facts = {
                "address": address_of(notice, language=language),
                "day": formats.date_format(notice.effective_from, "DATE_FORMAT"),
            }
            written[name] = Text(
                _("How we use your personal data"),
                _(
                    "Good day,\n\nfrom %(day)s on, our notice of how we use personal data is this"
                    " one:\n%(address)s\n\nIt says which data we use for what, who receives them,"
                    " how long we keep them and which rights you have. If we have your data from"
                    " somebody else, ask us from whom. You may object to what you do not wish."
                )
                % facts,
            )
    return written


def address_of(notice: Notice, *, language: str) -> str:
    """The public page of this version."""
    with translation.override(language):
        return links.absolute(reverse("public:notice_version", args=[notice.version]))


def runs(notice: Notice) -> QuerySet[Dispatch]:
    """Every message about this version, the newest first."""
    return notice.dispatches.order_by("-pk")


def not_reached(notice: Notice) -> Q:
    """Of people: whom a run of this version could not reach by e-mail and nobody told otherwise.

    They had no usable address, or their message was refused, lost or returned.
    """
    theirs = Delivery.objects.filter(
        subject=OuterRef("pk"), dispatch__notice=notice, dispatch__state__in=RUN
    )
    on_the_way = (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.CANCELLED)
    refused = theirs.filter(state=DeliveryState.REFUSED)
    missed = theirs.exclude(state__in=(*on_the_way, DeliveryState.SENT, DeliveryState.REFUSED))
    reached = theirs.filter(state=DeliveryState.SENT)
    otherwise = NoticeGiven.objects.filter(subject=OuterRef("pk"), notice=notice)
    return (
        (Q(Exists(refused.filter(verdict__in=dispatch.UNREACHABLE))) | Q(Exists(missed)))
        & ~Q(Exists(reached))
        & ~Q(Exists(otherwise.exclude(how=Told.EMAIL)))
    )


def for_letters(notice: Notice) -> QuerySet[Any]:
    """The living people to whom a letter goes instead; nobody whose processing is restricted."""
    return _living().filter(not_reached(notice)).exclude(restriction.of_row())


@transaction.atomic
def note_letters(notice: Notice, *, at: datetime, by: Any) -> int:
    """Write down that letters went to everybody on that list; returns how many.

    Refused where nobody is on it.
    """
    people = _pks(for_letters(notice))
    if not people:
        raise TransitionRefused(_("Nobody is left to whom a letter about this version goes."))
    return informing.told(people, notice, how=Told.LETTER, at=at, by=by)


def _living() -> QuerySet[Any]:
    return subjects.root_model()._base_manager.filter(disposed_at__isnull=True)


def _pks(people: QuerySet[Any]) -> set[int]:
    return set(people.order_by().values_list("pk", flat=True))


def _is_told(notice: Notice) -> Q:
    given = NoticeGiven.objects.filter(subject=OuterRef("pk"), notice=notice)
    return Q(Exists(given))


def _knew(notice: Notice) -> Q:
    """Who was told of another version of this notice, or agreed to something under one."""
    other = Q(notice__name=notice.name) & ~Q(notice=notice)
    mine = Q(subject=OuterRef("pk"))
    given, said = NoticeGiven.objects.filter(mine, other), ConsentEvent.objects.filter(mine, other)
    return Q(Exists(given)) | Q(Exists(said))


def _earlier(notice: Notice) -> QuerySet[Any]:
    return _living().filter(_knew(notice))


def _merged(notice: Notice) -> set[int]:
    """In whose record now stands somebody who knew another version before they were merged."""
    gone = subjects.root_model()._base_manager.filter(_knew(notice), disposed_at__isnull=False)
    references = [str(uid) for uid in gone.values_list("uuid", flat=True)]
    return set(subjects.adapter().kept_of(references).values())


def _used(notice: Notice) -> set[int] | None:
    """Whose data the added and changed purposes may use; None where there are none such."""
    keys = changes.of(notice).ways
    if not keys:
        return None
    living = _pks(_living())
    found: set[int] = set()
    for purpose in changes.purposes_of(keys):
        for channel in purpose.channels or [""]:
            answers = gate.ask(living - found, purpose=purpose, channel=channel)
            # Whom the purpose may use is concerned, whether or not they can be written to, and
            # whether or not its interests are weighed yet: people are told before (Art. 13(3)).
            found |= {
                pk
                for pk, answer in answers.items()
                if answer.is_yes or answer.verdict in {*dispatch.UNREACHABLE, Verdict.UNWEIGHED}
            }
    return found
