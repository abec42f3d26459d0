"""A cluster is found without a radius, named against the others, and known again at the next sweep."""

from itertools import pairwise
from random import Random

import pytest

from app.observe.clusters import Clustering, KnownCluster, find_clusters, recognise_clusters
from tests.faults import pack

WORDS = pack().vocabulary
LOGIN = [
    "I cannot log in, the password is refused",
    "log in fails although the password is right",
    "my password is refused when I log in",
    "the log in page refuses my password",
    "cannot log in any more, password refused",
]
PARCEL = [
    "where is my parcel, the carrier lost it",
    "the parcel did not arrive, carrier says lost",
    "my parcel is lost by the carrier",
    "carrier cannot find the parcel, is it lost?",
    "lost parcel, please ask the carrier",
]
PRINTER = [
    "the printer has a paper jam again",
    "paper jam in the printer on floor two",
    "our printer shows a paper jam",
    "printer stops with paper jam",
]
ALONE = ["what is for lunch on friday", "please water the plants while I am away"]
EVERYTHING = [*LOGIN, *PARCEL, *PRINTER, *ALONE]


def told_apart(found: Clustering) -> list[set[int]]:
    cut = (0, 5, 10, 14, 16)
    return [set(found.labels[start:end]) for start, end in pairwise(cut)]


def test_clusters_are_found_without_a_radius_and_strangers_are_in_none() -> None:
    *clusters, alone = told_apart(find_clusters(EVERYTHING, words=WORDS))
    assert all(len(one) == 1 for one in clusters) and len(set.union(*clusters)) == 3
    assert alone == {-1}


def test_a_name_holds_what_the_other_clusters_do_not_say() -> None:
    found = find_clusters(EVERYTHING, words=WORDS)
    login, parcel, printer = (found.names[found.labels[place]].split(", ") for place in (0, 5, 10))
    assert "password" in login and {"parcel", "carrier"} & set(parcel) and {"printer", "paper", "jam"} & set(printer)
    assert not set(login) & set(parcel) and not set(parcel) & set(printer)


def test_vectors_of_meaning_are_used_where_they_are_given() -> None:
    texts = ["alpha one", "beta two", "gamma three", "delta four", "epsilon five", "zeta six"]
    vectors = [[1, 0, 0], [0.99, 0.14, 0], [0.98, 0.2, 0], [0, 1, 0], [0, 0.99, 0.14], [0, 0.98, 0.2]]
    labels = find_clusters(texts, words=WORDS, vectors=vectors).labels
    assert len(set(labels[:3])) == 1 and len(set(labels[3:])) == 1 and labels[0] != labels[3]


def test_a_cluster_keeps_its_id_while_it_keeps_its_core() -> None:
    first = find_clusters(EVERYTHING, words=WORDS)
    known = recognise_clusters([], EVERYTHING, first)
    later = [*EVERYTHING[3:], "the carrier lost my parcel too", "a paper jam, the printer is stuck", "password refused"]
    Random(5).shuffle(later)
    second = find_clusters(later, words=WORDS)
    again = recognise_clusters(known, later, second)
    for text in (LOGIN[4], PARCEL[0], PRINTER[0]):
        before = known[first.labels[EVERYTHING.index(text)]].id
        assert again[second.labels[later.index(text)]].id == before, text
    assert len({one.id for one in again}) == len(again)


def test_of_two_halves_the_larger_keeps_the_id_and_of_two_that_met_the_older_one_stays() -> None:
    texts = [*"abcdefg"]
    whole = recognise_clusters([], texts, Clustering(labels=(0,) * 7, cores=((0, 1, 2, 3, 4, 5, 6),)))
    halves = Clustering(labels=(0, 0, 1, 1, 1, 1, 1), cores=((0, 1), (2, 3, 4, 5, 6)))
    small, large = recognise_clusters(whole, texts, halves)
    assert large.id == whole[0].id and small.id != large.id
    (met,) = recognise_clusters([large, small], texts, Clustering(labels=(0,) * 7, cores=((2, 3, 0),)))
    assert met.id == large.id


def test_a_cluster_that_is_gone_leaves_its_id_to_nobody() -> None:
    known = [KnownCluster(id="cl-old", core=("not here",))]
    found = find_clusters(EVERYTHING, words=WORDS)
    assert "cl-old" not in {one.id for one in recognise_clusters(known, EVERYTHING, found)}


@pytest.mark.parametrize("texts", [["same words here"] * 8, ["one text"] * 2 + ["another thing"] * 2, LOGIN[:3]])
def test_few_or_equal_texts_do_no_harm(texts: list[str]) -> None:
    found = find_clusters(texts, words=WORDS)
    assert len(found.labels) == len(texts) and len(found.names) == len(found.cores)


@pytest.mark.long
def test_five_thousand_texts_take_seconds() -> None:
    rng = Random(1)
    texts = [" ".join(rng.choices(EVERYTHING[rng.randrange(16)].split(), k=7)) for _ in range(5_000)]
    assert len(find_clusters(texts, words=WORDS).labels) == 5_000
