"""Suppression: an erased person is never entered again by accident, a "no" is never forgotten.

Holds HMAC-SHA-256 over type, version and normal form, under dedicated keys outside the database
(S64, S65, S109 to S111; law P1 to P11). Only this package reads its table. A refusal is the same
sentence for every cause; no digest is ever shown. A hashed record is not an erased one: it is
declared as personal data with a basis of its own. It defends against a stolen dump and casual
re-entry, not against an insider who holds the key.
"""

from privacy.points import Point, normal_form, normal_forms
from privacy.suppression.cases import (
    cases_in_force,
    find_smuggled,
    lift,
    lift_all,
    lift_for,
    note_smuggled,
    points_about,
    refuse_marketing,
    suppress,
    suppress_subject,
)
from privacy.suppression.entries import advised, lock, locks, marketing_refused, refused
from privacy.suppression.guard import Guard, GuardedManager, GuardedModel
from privacy.suppression.keys import enter_keys, parse_keys, verify_keys
from privacy.suppression.renewal import renew_forms

__all__ = [
    "Guard",
    "GuardedManager",
    "GuardedModel",
    "Point",
    "advised",
    "cases_in_force",
    "enter_keys",
    "find_smuggled",
    "lift",
    "lift_all",
    "lift_for",
    "lock",
    "locks",
    "marketing_refused",
    "normal_form",
    "normal_forms",
    "note_smuggled",
    "parse_keys",
    "points_about",
    "refuse_marketing",
    "refused",
    "renew_forms",
    "suppress",
    "suppress_subject",
    "verify_keys",
]
