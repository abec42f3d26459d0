"""Written questions as somebody in great haste would type them: letters left out, doubled, swapped, hit beside the key
that was meant, spelt as they sound, and words run together. Names, ids and numbers stay as they are.

`python -m tests.bench.misspelt choose` counts on one half of the written questions, at which reading may be mended;
`count` on the other, which is looked at to report and never to mend.
"""

import re
import sys
from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any, Final

from app.explain.kind import LANGUAGES
from app.explain.questions import understand_parts
from tests.bench.asking import FILES, KNOWN, NAMES
from tests.told_in_chat import read_questions

SEEDS: Final = {"choose": (11, 12, 13), "count": (801, 802, 803)}
HOW: Final = ("asked", "written", "slipped")
SHARE: Final = 0.55
"""So many of the words that are long enough have a slip in them ..."""
TWICE: Final = 0.35
"""... and so many of the long ones of these a second."""
RUN_TOGETHER: Final = 0.07
LONG: Final = 6
ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
GERMAN_ROWS: Final = ("qwertzuiop", "asdfghjkl", "yxcvbnm")
SOUNDS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "en": (
        ("wh", "w"),
        ("ght", "t"),
        ("ph", "f"),
        ("ck", "k"),
        ("ea", "ee"),
        ("tion", "shun"),
        ("ou", "u"),
        ("c", "k"),
        ("ie", "ei"),
        ("ei", "ie"),
        ("oo", "u"),
        ("kn", "n"),
        ("se", "ze"),
        ("able", "ible"),
        ("a", "e"),
    ),
    "de": (
        ("sch", "sh"),
        ("ie", "i"),
        ("ck", "k"),
        ("ss", "s"),
        ("ä", "e"),
        ("v", "f"),
        ("tz", "z"),
        ("eh", "e"),
        ("ü", "u"),
        ("ö", "o"),
        ("ei", "ai"),
        ("dt", "t"),
        ("ß", "s"),
    ),
    "fr": (
        ("qu", "k"),
        ("eau", "o"),
        ("au", "o"),
        ("ph", "f"),
        ("ç", "s"),
        ("é", "e"),
        ("er", "é"),
        ("ss", "s"),
        ("ai", "é"),
        ("ent", "e"),
        ("c", "s"),
        ("è", "e"),
    ),
    "es": (
        ("qu", "k"),
        ("v", "b"),
        ("b", "v"),
        ("h", ""),
        ("c", "s"),
        ("z", "s"),
        ("ll", "y"),
        ("g", "j"),
        ("ó", "o"),
        ("é", "e"),
        ("í", "i"),
    ),
}
_PARTS: Final = re.compile(r"({\w+}|[^\W\d_]+)")


def misspell(question: str, language: str, draws: Random) -> str:
    """The question with heavy slips: about every second word has one or two."""
    parts = _PARTS.split(question)
    told = [_slip(part, language, draws) if place % 2 else part for place, part in enumerate(parts)]
    for place in range(2, len(told) - 2, 2):
        both = told[place - 1], told[place + 1]
        if told[place] == " " and not any("{" in one for one in both) and draws.random() < RUN_TOGETHER:
            told[place] = ""
    text = "".join(told)
    text = text.casefold() if "{" not in text and draws.random() < 0.6 else text
    return text.rstrip("?!. ") if draws.random() < 0.6 else text


def _slip(word: str, language: str, draws: Random) -> str:
    if word.startswith("{") or len(word) < 3 or draws.random() > SHARE:
        return word
    for _ in range(2 if len(word) >= LONG and draws.random() < TWICE else 1):
        word = _slip_once(word, language, draws)
    return word


def _slip_once(word: str, language: str, draws: Random) -> str:
    kind = draws.choices(("drop", "double", "swap", "beside", "sound", "vowels"), (26, 12, 22, 16, 18, 6))[0]
    place = draws.randrange(1, len(word)) if len(word) > 3 or draws.random() < 0.8 else 0
    if kind == "sound":
        heard = [(one, other) for one, other in SOUNDS[language] if one in word.casefold()]
        if heard:
            one, other = draws.choice(heard)
            return word.casefold().replace(one, other, 1)
    if kind == "double":
        return word[:place] + word[place] + word[place:]
    if kind == "swap" and place < len(word) - 1:
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    if kind == "beside":
        return word[:place] + _key_beside(word[place], language, draws) + word[place + 1 :]
    if kind == "vowels" and len(word) > 4:
        return word[0] + re.sub("[aeiou]", "", word[1:])
    return word[:place] + word[place + 1 :] if len(word) > 3 else word


def _key_beside(letter: str, language: str, draws: Random) -> str:
    rows = GERMAN_ROWS if language == "de" else ROWS
    for number, row in enumerate(rows):
        at = row.find(letter.casefold())
        if at >= 0:
            same = [row[one] for one in (at - 1, at + 1) if 0 <= one < len(row)]
            near = [
                other[at] for other in rows[max(0, number - 1) : number + 2] if other is not row and at < len(other)
            ]
            return draws.choice([*same, *same, *near])
    return letter


def read_half(name: str) -> list[dict[str, Any]]:
    """One half of all written questions, drawn once for all."""
    every = [one for file in FILES for one in read_questions(file)["questions"]]
    drawn = Random(20261201).sample(every, len(every))
    return drawn[: len(every) // 2] if name == "choose" else drawn[len(every) // 2 :]


def count_right(questions: Sequence[dict[str, Any]], seed: int, wrong: list[str] | None = None) -> Counter[str]:
    """How many are read rightly as they were written, and with heavy slips; of what is not ours, how many are left."""
    counted: Counter[str] = Counter()
    draws = Random(seed)
    for one in questions:
        slipped = misspell(one["question"], one["language"], draws)
        ours = one["kind"] != "unknown"
        group = one["language"] if ours else "not ours"
        counted[f"{group} asked"] += 1
        for how, text in (("written", one["question"]), ("slipped", slipped)):
            asked = re.sub(r"{(\w+)}", lambda found: NAMES.get(found[1], found[0]), text)
            parts = understand_parts(asked, KNOWN)
            good = [part.kind for part in parts] == one["kind"].split("+")
            counted[f"{group} {how}"] += good
            if how == "slipped" and not good:
                counted[f"{group} not understood"] += parts[0].kind == "unknown"
                if wrong is not None:
                    wrong.append(
                        f"{one['kind']:18} {'+'.join(part.kind for part in parts):24} {one['question']}  |  {text}"
                    )
    return counted


def main(half: str) -> None:
    """The figures of one half in a line for each seed, and over all."""
    questions, total = read_half(half), Counter[str]()
    wrong: list[str] = []
    for seed in SEEDS[half]:
        total += count_right(questions, seed, wrong if half == "choose" else None)
    for group in (*LANGUAGES, "not ours"):
        asked = total[f"{group} asked"]
        written, slipped = total[f"{group} written"] / asked, total[f"{group} slipped"] / asked
        lost = total[f"{group} not understood"] / asked
        print(
            f"{group}: {asked} asked, {written:.1%} right as written, {slipped:.1%} slipped ({lost:.1%} not understood)"
        )
    ours = [sum(total[f"{one} {how}"] for one in ("en", "de", "fr", "es")) for how in ("asked", "written", "slipped")]
    print(
        f"{half}, seeds {SEEDS[half]}: of {ours[0]} {ours[1] / ours[0]:.1%} as written, {ours[2] / ours[0]:.1%} slipped"
    )
    if "wrong" in sys.argv:
        print("\n".join(wrong))


if __name__ == "__main__":
    main(sys.argv[1])
