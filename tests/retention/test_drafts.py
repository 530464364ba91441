"""A rule that nobody approved is a draft, and drafts do not lie about for ever."""

from datetime import timedelta

import pytest
from django.utils import timezone

from retention import rules, sweep
from retention.enums import Mode
from retention.models import RetentionRule
from tests.factories.crm import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]
RULE = "retention.RetentionRule:draft"


@pytest.mark.parametrize(("days", "stays"), [(89, True), (90, False), (91, False)])
def test_a_proposal_goes_ninety_days_after_it_was_made(days, stays):
    draft, approved = (
        rules.propose(
            keep=keep,
            years=1,
            decision="D-2026-7",
            effective_on=timezone.localdate(),
            by=UserFactory(),
        )
        for keep in ("crm.Contact:lead", "crm.Contact:supplier")
    )
    seen = rules.impact(approved, on=timezone.localdate())
    rules.approve(approved, seen=seen.digest, confirmed=seen.total, by=UserFactory())
    RetentionRule.objects.update(prepared_at=timezone.now() - timedelta(days=days))

    night = sweep.run(on=timezone.localdate(), mode=Mode.APPLY)

    assert RetentionRule.objects.filter(pk=draft.pk).exists() is stays
    assert RetentionRule.objects.filter(pk=approved.pk).exists()
    assert bool(night.counts.get(RULE)) is not stays
