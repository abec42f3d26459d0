"""Templates: the fixed part of log lines and messages, learnt from the lines themselves.

What is certainly a value is masked (`app.observe.masks`); Drain gathers lines that are alike in what remains; and where
the lines of one gathering differ, a place with few different words tells messages apart (opened, closed), while a place
with many holds a value. The state is plain JSON in bounded memory: the library's own, pickled state is never written or
read.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Self, TypeVar

from drain3.drain import Drain, LogCluster
from pydantic import Field, ValidationError

from app.domain.base import Value
from app.domain.errors import BadInput
from app.observe.masks import MASK, PLAIN_WORD, CutLine, cut_line, mask_line

T = TypeVar("T")
WILD = "<*>"
ALIKE = 0.5
"""The share of a line's words that a template must have in the same places."""
KEPT = 1_000
"""How many gatherings of lines are kept; the one that was not seen for longest goes."""
FEW = 3
"""A place with at most so many different words tells messages apart; one with more holds a value."""


class GatheringState(Value):
    """One gathering: its number and name, what stands between its words, and the words each place has shown."""

    number: int = Field(ge=1)
    name: str
    between: tuple[str, ...]
    places: tuple[tuple[str, ...], ...]


class TemplateState(Value):
    """What was learnt of one tenant's lines, as it is kept; the gathering that was seen last comes last."""

    made: int = Field(default=0, ge=0)
    gatherings: tuple[GatheringState, ...] = ()
    texts: tuple[tuple[str, str], ...] = ()


class _WordDrain(Drain):
    """Drain, told what a word is: what stands between the words chooses the branch of its tree, the words the leaf."""

    def get_content_as_tokens(self, content: str) -> Sequence[str]:
        line = cut_line(content)
        return "\0".join(line.between), *line.words

    def get_seq_distance(self, seq1: Sequence[str], seq2: Sequence[str], include_params: bool) -> tuple[float, int]:
        """The share of equal words; what is masked in both says nothing, what is known to differ counts half."""
        same = told = learnt = 0
        for known, given in zip(seq1[1:], seq2[1:], strict=True):
            if known == WILD:
                learnt += 1
            elif known != given:
                told += 1
            elif known != MASK:
                same += 1
                told += 1
        return (same / (told + learnt / 2) if told or learnt else 1.0), learnt


class _Gathering:
    """Lines that are alike. `places` holds up to FEW + 1 words of each place, in the order in which they came."""

    __slots__ = ("between", "changes", "name", "number", "places")

    def __init__(self, number: int, name: str, between: tuple[str, ...], places: Iterable[Iterable[str]]) -> None:
        self.number, self.name, self.between = number, name, between
        self.places = [list(words) for words in places]
        self.changes = 0

    def take(self, line: CutLine) -> None:
        for known, word in zip(self.places, line.words, strict=True):
            if len(known) <= FEW and word not in known:
                known.append(word)
                self.changes += 1

    def is_value(self, place: int) -> bool:
        """Whether a place holds a value: it has shown many words, or some that are none."""
        words = self.places[place]
        if len(words) < 2:
            return words == [MASK]
        return len(words) > FEW or self.between[place].endswith("=") or not all(map(PLAIN_WORD.match, words))

    def telling(self, line: CutLine) -> str:
        """The words of a line that tell it from the first line of its gathering."""
        return "\0".join(
            f"{place}={word}"
            for place, (word, words) in enumerate(zip(line.words, self.places, strict=True))
            if word != words[0] and not self.is_value(place)
        )

    def shown(self, line: CutLine) -> str:
        return line.joined(tuple(WILD if self.is_value(place) else word for place, word in enumerate(line.words)))

    def state(self) -> GatheringState:
        places = tuple(tuple(words) for words in self.places)
        return GatheringState(number=self.number, name=self.name, between=self.between, places=places)


class Templates:
    """The templates of one tenant, learnt line by line.

    A template keeps its id while it is learnt: the line that came first gives its id to all that turn out to be the
    same, and a word that tells two messages apart gives the second one an id of its own.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self.learnt = 0
        """Grows whenever something was learnt."""
        self._drain = _WordDrain(sim_th=ALIKE, param_str=WILD, parametrize_numeric_tokens=False)
        self._gatherings: dict[int, _Gathering] = {}
        self._texts: dict[str, str] = {}
        self._lately: dict[str, tuple[_Gathering, int, str]] = {}
        """What was found for the last masked lines, good as long as the gathering has not changed."""

    def template_of(self, line: str) -> str:
        """The id of a line's template; what is new in the line is learnt."""
        masked = mask_line(line)
        lately = self._lately.get(masked)
        if lately is not None and lately[0].changes == lately[1] and lately[0].number in self._gatherings:
            self._gatherings[lately[0].number] = self._gatherings.pop(lately[0].number)
            return lately[2]
        cut, gathering = cut_line(masked), self.gathering_of(masked)
        telling = gathering.telling(cut)
        found = _name_of(f"{gathering.name}\0{telling}") if telling else gathering.name
        _keep(self._texts, found, gathering.shown(cut), self._kept * FEW)
        _keep(self._lately, masked, (gathering, gathering.changes, found), self._kept * FEW)
        return found

    def text_of(self, template_id: str) -> str:
        """The template as it is known today, its values as <*>; empty for an id that is not known any more."""
        return self._texts.get(template_id, "")

    def __len__(self) -> int:
        return len(self._gatherings)

    def to_json(self) -> str:
        """What was learnt."""
        states = tuple(one.state() for one in self._gatherings.values())
        state = TemplateState(made=self._drain.clusters_counter, gatherings=states, texts=tuple(self._texts.items()))
        return state.model_dump_json()

    @classmethod
    def from_json(cls, state: str, kept: int = KEPT) -> Self:
        """Templates that go on from what was learnt; BadInput for anything that is no such state."""
        try:
            learnt = TemplateState.model_validate_json(state)
        except ValidationError as error:
            raise BadInput(
                f"this is no state of templates ({error.error_count()} problems); start without one"
            ) from error
        templates = cls(kept)
        templates._drain.clusters_counter = learnt.made
        for one in learnt.gatherings[-kept:]:
            templates._gatherings[one.number] = _Gathering(one.number, one.name, one.between, one.places)
            words = (words[0] if len(words) == 1 else WILD for words in one.places)
            cluster = LogCluster(("\0".join(one.between), *words), one.number)
            templates._drain.id_to_cluster[one.number] = cluster
            templates._drain.add_seq_to_prefix_tree(templates._drain.root_node, cluster)
        templates._texts = dict(learnt.texts)
        return templates

    def gathering_of(self, masked: str) -> _Gathering:
        """The gathering that a masked line belongs to, which has learnt it."""
        line = cut_line(masked)
        number = self._drain.add_log_message(masked)[0].cluster_id
        gathering = self._gatherings.pop(number, None)
        if gathering is None:
            gathering = _Gathering(number, _name_of(masked), line.between, [()] * len(line.words))
            self.learnt += 1
        before = gathering.changes
        gathering.take(line)
        self.learnt += gathering.changes - before
        self._gatherings[number] = gathering
        if len(self._gatherings) > self._kept:
            oldest = next(iter(self._gatherings))
            del self._gatherings[oldest], self._drain.id_to_cluster[oldest]
        return gathering


def _keep(kept: dict[str, T], key: str, value: T, most: int) -> None:
    """Put a value last, and let the first go when there are too many."""
    kept.pop(key, None)
    kept[key] = value
    if len(kept) > most:
        del kept[next(iter(kept))]


def _name_of(text: str) -> str:
    return f"tpl-{hashlib.sha256(text.encode(errors='replace')).hexdigest()[:12]}"


def mine_templates(lines: Iterable[str]) -> list[str]:
    """The template of each line, learnt from all of them; values are <*>.

    >>> mine_templates(["user 7 of anna left", "user 12 of ben left", "user 9 of eva left", "user 3 of kai left"])[0]
    'user <*> of <*> left'
    """
    masked = [mask_line(line) for line in lines]
    distinct = list(dict.fromkeys(masked))
    templates = Templates(kept=max(KEPT, len(distinct)))
    gathered = [(cut_line(text), templates.gathering_of(text)) for text in distinct]
    parts: dict[tuple[int, str], list[CutLine]] = defaultdict(list)
    for line, gathering in gathered:
        parts[gathering.number, gathering.telling(line)].append(line)
    template: dict[CutLine, str] = {}
    for part in _join_parts([_Part(lines) for lines in parts.values()]):
        template |= dict.fromkeys(part.lines, part.lines[0].joined(part.shown()))
    return [template[cut_line(text)] for text in masked]


class _Part:
    """Lines of one template: the word of each place, or WILD where they differ."""

    def __init__(self, lines: Sequence[CutLine]) -> None:
        self.lines = lines
        self.words = tuple(
            words[0] if len(set(words)) == 1 else WILD for words in zip(*(line.words for line in lines), strict=True)
        )

    def shown(self) -> tuple[str, ...]:
        return tuple(word.replace(MASK, WILD) for word in self.words)


def _join_parts(parts: list[_Part]) -> list[_Part]:
    """Join templates that differ in one place only, when that place holds a value: in one of them already, or because
    there are too many of them for it to tell messages apart.
    """
    while True:
        alike: dict[tuple[int, tuple[str, ...], tuple[str, ...], tuple[str, ...]], list[_Part]] = defaultdict(list)
        for part in parts:
            for place in range(len(part.words)):
                rest = part.words[:place], part.words[place + 1 :]
                alike[place, *rest, part.lines[0].between].append(part)
        joined: list[_Part] = []
        gone: set[int] = set()
        for (place, before, after, _), found in sorted(alike.items(), key=lambda item: -len(item[1])):
            left = [part for part in found if id(part) not in gone]
            if len(left) > 1 and _holds_value({part.words[place] for part in left}, (*before, *after)):
                gone |= {id(part) for part in left}
                joined.append(_Part([line for part in left for line in part.lines]))
        if not joined:
            return parts
        parts = [part for part in parts if id(part) not in gone] + joined


def _holds_value(words: set[str], rest: Sequence[str]) -> bool:
    fixed = sum(word not in {WILD, MASK} for word in rest)
    if words & {WILD, MASK}:
        return fixed > 0
    return len(words) > (FEW if fixed > 1 else 2 * FEW) and fixed > 0
