"""A domain pack that somebody uploads: read as strictly as those of config/, and held to more, because nobody reviewed
it.

It may change another pack (a cause added, replaced or left out, other words), or be a whole one. It can name only tools
that exist, and nothing that is counted decides alone. What policy allows is not in it.
"""

import re
from collections.abc import Collection, Mapping

from app.config.checks import Found, find_cause_problems, find_pack_problems, find_pair_problems
from app.config.load import FileBytes, Loading, ReadFile
from app.config.model import CauseSpec, DomainPack, PackFile
from app.config.telling_apart import list_undeclared, word_pair
from app.config.vocabulary import VocabularyFile
from app.config.word_checks import find_word_problems
from app.domain.errors import BadConfig
from app.domain.hypotheses import UNKNOWN
from app.ports.connectors import ToolSpec

HEAD, WORDS = "pack.yaml", "words.yaml"
CAUSE_FILE = re.compile(r"causes/[a-z][a-z0-9_]{0,62}\.yaml")
MOST_CAUSES = 200
LEAST_UNKNOWN = -3.0
"""What nobody catalogued keeps at least this score: where everything has a known cause, nothing is known."""


def read_uploaded_pack(
    files: Mapping[str, str], base: DomainPack | None, tools: Mapping[str, ToolSpec], left_out: Collection[str] = ()
) -> DomainPack:
    """The whole pack that these files make, on top of `base` where there is one; BadConfig with every problem, with
    file, line and key.
    """
    ours = {name: text for name, text in files.items() if name in {HEAD, WORDS} or CAUSE_FILE.fullmatch(name)}
    loading = Loading({name: FileBytes(name, text.encode()) for name, text in ours.items()})
    loading.problems += [
        f"{name}:1: is no file of a pack; there are {HEAD}, {WORDS} and causes/<id>.yaml"
        for name in sorted(files.keys() - ours.keys())
    ]
    known = {cause.id: cause for cause in base.causes} if base else {}
    loading.problems += [f"left_out: {one!r} is no cause of what is changed" for one in left_out if one not in known]
    file_of_head = _read_head(loading, base, tools)
    head = file_of_head.value if file_of_head else None
    unknown_prior = head.unknown_prior if head else base.unknown_prior if base else 0.0
    causes = {name: cause for name, cause in known.items() if name not in left_out}
    for name in sorted(ours.keys() - {HEAD, WORDS}):
        file: ReadFile[CauseSpec] = loading.read(name, CauseSpec, find_cause_problems(name, tools))
        loading.check(file, lambda cause: find_overweight(cause, unknown_prior))
        if file.value:
            causes[file.value.id] = file.value
    words = base.vocabulary if base else None
    if WORDS in ours and (said := loading.read(WORDS, VocabularyFile, find_word_problems).value):
        words = said.vocabulary()
    if not causes:
        loading.problems.append("causes:1: holds no cause; leave or add at least one")
    if len(causes) > MOST_CAUSES:
        loading.problems.append(f"causes:1: there would be {len(causes)}; at most {MOST_CAUSES} are weighed")
    if file_of_head is not None and not loading.problems:
        loading.check(file_of_head, lambda said: find_pair_problems(said, causes))
    if loading.problems or not (head or base):
        raise BadConfig(loading.problems)
    fields = {**(dict(base) if base else {}), **(dict(head) if head else {}), "causes": tuple(causes.values())}
    fields["inseparable"] = tuple(pair for pair in fields["inseparable"] if causes.keys() >= set(pair))
    pack = DomainPack(**fields | ({"vocabulary": words} if words else {}))
    if undeclared := list_undeclared(pack):
        raise BadConfig([f"causes:1: {word_pair(pair)}" for pair in undeclared])
    return pack


def _read_head(loading: Loading, base: DomainPack | None, tools: Mapping[str, ToolSpec]) -> ReadFile[PackFile] | None:
    """What stands around the causes; one that changes another pack keeps its name."""
    if HEAD not in loading.files:
        if base is None:
            loading.problems.append(f"{HEAD}:1: is missing; a whole pack has one, and one that changes another says so")
        return None
    file = loading.read(HEAD, PackFile, lambda said: find_pack_problems(said, base.name if base else said.name, tools))
    loading.check(file, _find_certainty)
    return file


def _find_certainty(said: PackFile) -> Found:
    if said.unknown_prior < LEAST_UNKNOWN:
        yield (
            ("unknown_prior",),
            f"is {said.unknown_prior:g}; write {LEAST_UNKNOWN:g} or more, or everything has a known cause",
        )


def find_overweight(cause: CauseSpec, unknown_prior: float) -> Found:
    """What would let a cause be claimed for one reason alone that is counted, or under the name of what nobody
    catalogued; a nearness in meaning is a measure, and competes with that of every other cause.
    """
    if cause.id == UNKNOWN:
        yield ("id",), f"is {UNKNOWN!r}, which is what no cause of a pack explains; choose another name"
    for place, sign in enumerate(cause.signs):
        if "meaning" not in sign.test and cause.prior + sign.weight >= unknown_prior + 1:
            most = unknown_prior + 1 - cause.prior
            yield (
                ("signs", place, "weight"),
                f"is {sign.weight:g}, so that this sign decides alone; write less than {most:g}, or lower the prior",
            )
