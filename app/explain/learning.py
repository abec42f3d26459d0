"""Learns from the examples which kind a question is of and in which language it is put. That takes a while, so what was
learnt is kept in a file beside the examples, which `make learn` writes anew.

Two things are learnt apart: of which kind it is, from what people ask us, and whether it is a question for us at all,
from that and from what is none of ours.

What decides was chosen by leaving out one writer: learnt from the one, judged on the other, and the other way round.
"""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.domain.base import digest_of
from app.explain.concepts import CONCEPTS
from app.explain.features import WEIGHTS, WIDTH, count_features, find_place, mask_slots, speak_slots, weigh_features
from app.explain.kind import LANGUAGES, UNKNOWN_KIND
from app.explain.matcher import MEANT
from app.explain.plain_text import list_words
from app.explain.spelling import mark_pair
from app.explain.taught import Example, spell_out
from app.ports.knowledge import Meaning

RARE: Final = 0.7
LOOSE: Final = 1.0
"""How closely the examples are followed: the smaller, the smoother."""
LOOSE_MEANT: Final = 0.3
LOOSE_OURS: Final = 2.0
Numbers = NDArray[Any]


def digest_taught(examples: Sequence[Example]) -> str:
    """What the learnt file must have been learnt from."""
    rows = [[one.kind, one.writer, one.language, one.text] for one in examples]
    rows += [["ours" if one.is_ours else "", "", one.language, one.text] for one in spell_out()]
    told = {name: words.split() for name, words in CONCEPTS.items()}
    return digest_of([rows, told, WEIGHTS, WIDTH, RARE, LOOSE, LOOSE_MEANT, LOOSE_OURS, LANGUAGES])


def learn_examples(examples: Sequence[Example], meaning: Meaning | None = None) -> dict[str, Numbers]:
    """Everything that reading a question needs, by name; with a model, also what its places tell of each kind."""
    from sklearn.svm import LinearSVC

    beside = spell_out()
    texts = [*(one.text for one in examples), *(one.text for one in beside)]
    words = [list_words(mask_slots(one)) for one in texts]
    counted = [count_features(one) for one in words]
    rarity = weigh_rarity(counted[: len(examples)])
    matrix = place_rows([weigh_features(one, rarity) for one in counted])
    kinds = sorted({one.kind for one in examples})
    of_kind = matrix[: len(examples)]
    by_kind = LinearSVC(C=LOOSE, random_state=0).fit(of_kind, [kinds.index(one.kind) for one in examples])
    codes = [*(one.language for one in examples), *(one.language for one in beside)]
    by_language = LinearSVC(C=LOOSE, random_state=0).fit(matrix, [LANGUAGES.index(one) for one in codes])
    ours = [*(one.kind != UNKNOWN_KIND for one in examples), *(one.is_ours for one in beside)]
    by_ours = LinearSVC(C=LOOSE_OURS, random_state=0, class_weight="balanced").fit(matrix, ours)
    learnt = [by_kind, by_language, by_ours]
    weights = np.vstack([one.coef_ for one in learnt]).T
    scale = np.abs(weights).max(axis=0) / 127
    known = count_words(words, codes, len(examples))
    meant = learn_meanings(examples, kinds, meaning) if meaning else {}
    return meant | {
        "digest": np.array(digest_taught(examples)),
        "kinds": np.array(kinds),
        "weights": np.rint(weights / scale).astype(np.int8),
        "scale": scale.astype(np.float32),
        "offset": np.concatenate([one.intercept_ for one in learnt]).astype(np.float32),
        "rarity": np.array(rarity, dtype=np.float16),
        "words": np.array(sorted(known)),
        "counts": np.array([known[word] for word in sorted(known)], dtype=np.uint16),
        "pairs": mark_pairs(words[: len(examples)]),
    }


def count_words(words: Sequence[Sequence[str]], codes: Sequence[str], asked: int) -> dict[str, list[int]]:
    """By word and language how often it is asked with, in so many of the texts; what stands in others only has none."""
    known = {word: [0] * len(LANGUAGES) for one in words for word in one}
    for one, code in zip(words[:asked], codes[:asked], strict=True):
        for word in one:
            known[word][LANGUAGES.index(code)] += 1
    return known


def mark_pairs(words: Sequence[Sequence[str]]) -> Numbers:
    """The marks of all words that follow each other."""
    marks = {mark_pair(*both) for one in words for both in pairwise(["<", *one])}
    return np.array(sorted(marks), dtype=np.uint32)


def learn_meanings(examples: Sequence[Example], kinds: Sequence[str], meaning: Meaning) -> dict[str, Numbers]:
    """What the place of a question among all meanings tells of each kind, and of whether it is for us."""
    from sklearn.svm import LinearSVC

    placed = place_meanings([one.text for one in examples], meaning)
    told = LinearSVC(C=LOOSE_MEANT, random_state=0).fit(placed, [kinds.index(one.kind) for one in examples])
    spoken = [place for place, one in enumerate(examples) if one.language in MEANT]
    beside = [one for one in spell_out() if one.language in MEANT]
    both = np.vstack([placed[spoken], place_meanings([one.text for one in beside], meaning)])
    ours = [*(examples[place].kind != UNKNOWN_KIND for place in spoken), *(one.is_ours for one in beside)]
    by_ours = LinearSVC(C=LOOSE_MEANT, random_state=0, class_weight="balanced").fit(both, ours)
    weights, offsets = np.vstack([told.coef_, by_ours.coef_]).T, np.concatenate([told.intercept_, by_ours.intercept_])
    return {"meant": weights.astype(np.float16), "meant_offset": offsets.astype(np.float32)}


def place_meanings(texts: Sequence[str], meaning: Meaning) -> Numbers:
    """The texts in the places of their meanings, a row each."""
    return np.array(meaning.place([speak_slots(one) for one in texts]), dtype=np.float32)


def weigh_rarity(counted: Sequence[Counter[str]]) -> list[float]:
    """By place, how much a feature counts there: the fewer examples have it, the more."""
    spread = Counter(place for one in counted for place in {find_place(name)[0] for name in one})
    return [(math.log((1 + len(counted)) / (1 + spread[place])) + 1) ** RARE for place in range(WIDTH)]


def place_rows(rows: Sequence[dict[int, float]]) -> Any:
    """The rows as one sparse matrix."""
    from scipy.sparse import csr_matrix

    ends = np.cumsum([0, *(len(row) for row in rows)])
    places = [place for row in rows for place in row]
    values = [value for row in rows for value in row.values()]
    return csr_matrix((values, places, ends), shape=(len(rows), WIDTH))
