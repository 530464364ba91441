"""Each promise of the policy has its verdict, and what is called kept is driven by a test."""

import ast

import pytest

from tests import driving, promises
from tests.clauses import CLAUSES, ELSEWHERE, NOT_YET
from tests.promises import Verdict


@pytest.fixture(scope="module")
def tests():
    return promises.marked()


@pytest.fixture(scope="module")
def places():
    return promises.cited()


def test_the_clauses_are_those_of_the_policy_in_its_order():
    assert list(CLAUSES) == [f"S{number}" for number in range(1, 147)]


def test_no_clause_has_two_verdicts_and_none_without_a_reason():
    assert not set(NOT_YET) & set(ELSEWHERE)
    assert set(NOT_YET) | set(ELSEWHERE) <= set(CLAUSES)
    assert all(why.strip() for why in (*NOT_YET.values(), *ELSEWHERE.values()))


@pytest.mark.parametrize(
    "clause", [clause for clause in CLAUSES if promises.verdict(clause) is Verdict.KEPT]
)
def test_a_clause_that_is_called_kept_is_cited_and_driven(clause, tests, places):
    assert places.get(clause), f"no source cites {clause}"
    assert tests[clause].driving, f"no test that is marked with {clause} drives the program"


def test_no_test_names_a_clause_that_is_not_listed(tests):
    assert set(tests) <= set(CLAUSES)


def test_the_document_is_up_to_date():
    assert promises.DOCUMENT.read_text() == promises.document(), "run python -m tests.promises"


@pytest.mark.parametrize(
    ("source", "drives"),
    [
        ("def test_it(client): client.get('/')", True),
        ("def test_it(): Client().post('/')", True),
        ("def test_it(): call_command('sweep')", True),
        ("def test_it(): consent.withdraw(1)", True),
        ("def test_it(): sweep.run(on=1)", True),
        ("def test_it(): made()\ndef made(): holds.place(1)", True),
        ("def test_it(person): pass\n@fixture\ndef person(): holds.place(1)", True),
        ("def test_it(): assert purposes.DECLARED[0].months == 13", False),
        ("def test_it(): assert gate.needed({}, 'phone', on=1)", False),
        ("def test_it(): assert links.LIVES", False),
        ("def test_it(): Purpose.objects.create(key='x')", False),
    ],
)
def test_what_drives_is_told_from_what_reads(tmp_path, source, drives):
    file = tmp_path / "test_it.py"
    imports = "from django.test import Client\nfrom django.core.management import call_command\n"
    imports += "from privacy import consent, gate, holds, links, purposes\n"
    imports += "from privacy.models import Purpose\nfrom retention import sweep\n"
    file.write_text(imports + source)
    assert ast.parse(file.read_text())

    assert driving.drives(file, "test_it") is drives
