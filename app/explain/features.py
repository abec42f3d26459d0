"""What a question is made of: its words, pairs of words, what words mean, and runs of letters, each with its place in a
row of numbers. Learning and reading both count by this, so that they speak of the same.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final
from zlib import crc32

from app.explain.concepts import find_concepts

WIDTH: Final = 1 << 15
WEIGHTS: Final = {"w": 1.0, "p": 0.5, "s": 0.5, "c": 1.5, "q": 1.5, "g": 0.5}
"""Words, pairs of words, pairs with a word between, meanings, pairs of meanings, runs of letters."""
SLOTS: Final = ("merchant", "incident", "action", "tool", "cause", "wave", "time")
_SLOT: Final = re.compile(r"\{(\w+?)2?\}")
_SPOKEN: Final = re.compile(r"\{(\w+?)2?\}|\bx([a-z]+)x\b")


def mask_slots(text: str) -> str:
    """An example with its slots as words of their own, such as xmerchantx."""
    return _SLOT.sub(lambda found: f"x{found[1]}x" if found[1] in SLOTS else found[0], text)


def speak_slots(text: str) -> str:
    """A question or an example in words that a model knows, whatever it names."""
    return _SPOKEN.sub(lambda found: f"the {found[1] or found[2]}", text)


def is_slot(word: str) -> bool:
    """Whether a word stands for a name."""
    return len(word) > 4 and word.startswith("x") and word.endswith("x") and word[1:-1] in SLOTS


def count_features(words: Sequence[str]) -> Counter[str]:
    """How often each feature occurs; the letter before the colon says of which group it is."""
    found: Counter[str] = Counter()
    framed = ["<", *words, ">"]
    found.update(f"w:{word}" for word in words)
    found.update(f"p:{one} {two}" for one, two in pairwise(framed))
    found.update(f"s:{one} {two}" for one, two in zip(framed, framed[2:], strict=False))
    meant = sorted(
        {concept for word in words for concept in find_concepts(word)} | {one for one in words if is_slot(one)}
    )
    found.update(f"c:{one}" for one in meant)
    found.update(f"q:{one}+{two}" for place, one in enumerate(meant) for two in meant[place + 1 :])
    for word in words:
        spaced = f" {word} "
        found.update(f"g:{spaced[at : at + size]}" for size in (3, 4, 5) for at in range(len(spaced) - size + 1))
    return found


def find_place(name: str) -> tuple[int, int]:
    """Where a feature is counted, and whether up or down there, so that two in one place do not add up."""
    code = crc32(name.encode())
    return code % WIDTH, 1 if code & 0x1000000 else -1


def weigh_features(counted: Mapping[str, int], rarity: Sequence[float]) -> dict[int, float]:
    """The places of a question with their weights; whatever its length, a question weighs as much as any other."""
    weighed: dict[int, float] = {}
    for name, count in counted.items():
        place, sign = find_place(name)
        weight = WEIGHTS[name[0]] * rarity[place] * (1 + math.log(count))
        weighed[place] = weighed.get(place, 0.0) + sign * weight
    length = math.sqrt(sum(weight * weight for weight in weighed.values()))
    return {place: weight / length for place, weight in weighed.items()} if length else {}
