"""Every promise of the policy that is named has its place in the code and its proof."""

import pytest

from tests import promises


@pytest.fixture(scope="module")
def tests():
    return promises.marked()


@pytest.fixture(scope="module")
def places():
    return promises.cited()


@pytest.mark.parametrize("clause", sorted(set(promises.CLAUSES) - promises.OPEN))
def test_a_clause_is_kept_somewhere_and_proved(clause, tests, places):
    assert places.get(clause), f"no source cites {clause}"
    assert tests.get(clause), f"no test is marked with {clause}"


@pytest.mark.parametrize("clause", sorted(promises.OPEN))
def test_a_clause_that_is_kept_is_called_open_no_longer(clause, tests, places):
    assert not (places.get(clause) and tests.get(clause)), "take it out of OPEN"


def test_no_test_names_a_clause_that_is_not_listed(tests):
    assert set(tests) <= set(promises.CLAUSES)


def test_the_document_is_up_to_date():
    assert promises.DOCUMENT.read_text() == promises.document(), "run python -m tests.promises"
