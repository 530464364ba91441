"""Each mutation finds its line, and each promise that is called kept has one (`make mutants`)."""

import pytest

from tests import mutants, promises
from tests.clauses import CLAUSES
from tests.mutations import ALL
from tests.promises import Verdict


@pytest.fixture(scope="module")
def marked():
    return promises.marked()


@pytest.mark.parametrize("mutation", ALL, ids=lambda one: f"{one.clause}-{one.breaks}")
def test_the_line_stands_exactly_once_and_the_tests_that_must_notice_are_there(mutation, marked):
    assert mutants.places(mutation) == 1
    assert mutation.before != mutation.after
    wanted = mutants.tests_of(mutation, marked)
    assert wanted
    for name in wanted:
        file, _, test = name.partition("::")
        assert f"def {test}" in (mutants.ROOT / file).read_text()


def test_every_promise_that_is_called_kept_has_a_line_that_breaks_it():
    kept = {clause for clause in CLAUSES if promises.verdict(clause) is Verdict.KEPT}

    assert kept - {mutation.clause for mutation in ALL} == set()
