"""CEL conditions over typed facts, checked when they are loaded: the compiler itself accepts unknown names and type
errors.

A short circuit hides a mistake until the day it matters (`true || riks > 1` is true), so every side of every `&&`, `||`
and `?:` is compiled and evaluated by itself on typed samples, and only operators that cannot fail on typed facts are
allowed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.domain.base import JsonMapping
from app.validation.fact_book import FactBook

LONGEST = 1_000
ALLOWED = frozenset(
    {
        *(
            "!_",
            "_&&_",
            "_||_",
            "_?_:_",
            "_==_",
            "_!=_",
            "_<_",
            "_<=_",
            "_>_",
            "_>=_",
            "_+_",
            "_-_",
            "_*_",
            "-_",
            "@in",
        ),
        *("startsWith", "endsWith", "contains", "size", "@not_strictly_false"),
    }
)
MACROS = frozenset({"all", "exists", "exists_one", "map", "filter"})
TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*)
      | (?P<string>[rRbB]{0,2}(?:'{3}.*?'{3}|"{3}.*?"{3}|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"))
      | (?P<number>\d+\.\d+(?:[eE][+-]?\d+)?|\d+[uU]?)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<mark>&&|\|\||==|!=|<=|>=|.)""",
    re.VERBOSE | re.DOTALL,
)
OPEN, CLOSE = "([{", ")]}"


class Condition:
    """A compiled condition. Whoever evaluates it treats any failure as the strictest answer."""

    def __init__(self, source: str) -> None:
        import cel

        self.source = source
        self._program = cel.compile(source)

    def holds(self, facts: JsonMapping) -> bool:
        """Whether the condition holds; raises when it cannot be evaluated or is no yes-or-no question."""
        answer = self._program.execute(dict(facts))
        if not isinstance(answer, bool):
            raise TypeError(f"gives {type(answer).__name__}, not true or false")
        return answer


@dataclass(frozen=True)
class Token:
    """A piece of a condition, with its place in the source."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Side:
    """A part of a condition that a short circuit could hide."""

    source: str
    logical: bool


def problems_of_condition(source: str, book: FactBook) -> list[str]:
    """Everything that is wrong with a condition over these facts, as sentences; empty when it may be used."""
    return list(_source_problems(source, book))


@lru_cache(maxsize=1_024)
def _source_problems(source: str, book: FactBook) -> Sequence[str]:
    if len(source) > LONGEST:
        return [f"is longer than {LONGEST} characters; split it into several rules"]
    syntax = _syntax_problem(source)
    if syntax:
        return [syntax]
    tokens = _split_tokens(source)
    shape = [*_name_problems(source, book), *_macro_problems(tokens), *_literal_problems(tokens, book)]
    return shape or _trial_problems([Side(source, logical=True), *_list_sides(source, tokens)], book)


def _syntax_problem(source: str) -> str | None:
    import cel

    try:
        cel.compile(source)
    except ValueError as error:
        first = re.search(r"(?:Syntax error|ERROR): (.*)", str(error))
        return f"is not a CEL expression: {first.group(0) if first else error}"
    return None


def _name_problems(source: str, book: FactBook) -> list[str]:
    import cel

    program = cel.compile(source)
    names = sorted(set(program.variables()) - set(book.kinds) - _bound_names(_split_tokens(source)))
    calls = sorted(set(program.functions()) - ALLOWED - MACROS)
    unknown = [f"'{name}' is not a fact; the facts are {', '.join(sorted(book.kinds))}" for name in names]
    return unknown + [
        f"'{call.strip('_')}' is not allowed in a condition, because it can fail; compare facts directly"
        for call in calls
    ]


def _split_tokens(source: str) -> list[Token]:
    found = (
        Token(match.lastgroup or "mark", match.group(), match.start(), match.end()) for match in TOKEN.finditer(source)
    )
    return [token for token in found if token.kind != "space"]


def _macro_at(tokens: Sequence[Token], place: int) -> bool:
    """Whether the bracket at this place opens a macro call such as `.exists(`."""
    return (
        place >= 2 and tokens[place].text == "(" and tokens[place - 1].text in MACROS and tokens[place - 2].text == "."
    )


def _bound_names(tokens: Sequence[Token]) -> set[str]:
    """Names that macros bind."""
    return {tokens[place + 1].text for place in range(len(tokens) - 1) if _macro_at(tokens, place)}


def _macro_problems(tokens: Sequence[Token]) -> list[str]:
    problems: list[str] = []
    brackets: list[bool] = []
    for place, token in enumerate(tokens):
        inside = any(brackets)
        if token.text in OPEN and token.kind == "mark":
            macro = _macro_at(tokens, place)
            if macro and inside:
                problems.append("a macro inside a macro is refused; name the fact instead")
            brackets.append(macro)
        elif token.text in CLOSE and token.kind == "mark":
            brackets.pop()
        elif inside and token.text in {"&&", "||", "?"}:
            problems.append(f"'{token.text}' inside a macro is refused; use one macro for each side")
    return problems


def _literal_problems(tokens: Sequence[Token], book: FactBook) -> list[str]:
    """Comparisons that are always false: a word the fact can never be, or a value of another type."""
    problems: list[str] = []
    for left, operator, right in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if operator.text in {"==", "!="}:
            problems += _comparison_problems(left, right, book) or _comparison_problems(right, left, book)
    for place, token in enumerate(tokens[:-2]):
        if tokens[place + 1].text == "in" and tokens[place + 2].text == "[":
            problems += [
                problem
                for item in _list_items(tokens, place + 3)
                for problem in _comparison_problems(token, item, book)
            ]
    return problems


def _list_items(tokens: Sequence[Token], place: int) -> Iterator[Token]:
    for token in tokens[place:]:
        if token.text == "]":
            return
        if token.text != ",":
            yield token


def _comparison_problems(fact: Token, literal: Token, book: FactBook) -> list[str]:
    kind = book.kinds.get(fact.text) if fact.kind == "name" else None
    other = _literal_kind(literal, book)
    if kind is None or other is None:
        return []
    if kind != other and {kind, other} != {"int", "double"}:
        return [f"'{fact.text}' is a {kind} and {literal.text} is a {other}; they are never equal"]
    words = book.words.get(fact.text)
    word = literal.text.strip("'\"")
    if words is not None and literal.kind == "string" and word not in words:
        return [f"'{fact.text}' is never {literal.text}; it is one of {', '.join(sorted(words - {''}))}"]
    return []


def _literal_kind(token: Token, book: FactBook) -> str | None:
    if token.kind == "string":
        return "string"
    if token.kind == "number":
        return "double" if "." in token.text else "int"
    if token.text in {"true", "false"}:
        return "bool"
    return book.kinds.get(token.text) if token.kind == "name" else None


def _list_sides(source: str, tokens: Sequence[Token]) -> list[Side]:
    """Each side of every `&&`, `||` and `?:`, at any depth outside macros."""
    for marks, logical in (({"?", ":"}, False), ({"||"}, True), ({"&&"}, True)):
        parts = _split_at(tokens, marks)
        if len(parts) > 1 and (logical or _split_at(tokens, {"?"})[1:]):
            own = [
                Side(_source_between(source, part), logical or place == 0) for place, part in enumerate(parts) if part
            ]
            return own + [side for part in parts for side in _list_sides(source, part)]
    return [
        side
        for group in _bracket_insides(tokens)
        for part in _split_at(group, {",", ":"})
        for side in _list_sides(source, part)
    ]


def _source_between(source: str, tokens: Sequence[Token]) -> str:
    return source[tokens[0].start : tokens[-1].end]


def _split_at(tokens: Sequence[Token], marks: set[str]) -> list[list[Token]]:
    """Cut at these marks where no bracket is open."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.kind == "mark" and token.text in OPEN) - (token.kind == "mark" and token.text in CLOSE)
        if depth == 0 and token.kind == "mark" and token.text in marks:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _bracket_insides(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """The insides of the outermost brackets, except of macros, whose names mean nothing outside."""
    depth, opened, macro = 0, 0, False
    for place, token in enumerate(tokens):
        if token.kind != "mark":
            continue
        if token.text in OPEN:
            opened, macro = (place, _macro_at(tokens, place)) if depth == 0 else (opened, macro)
            depth += 1
        elif token.text in CLOSE:
            depth -= 1
            if depth == 0 and not macro:
                yield list(tokens[opened + 1 : place])


def _trial_problems(sides: Sequence[Side], book: FactBook) -> list[str]:
    """Evaluate the condition and each of its sides on every sample."""
    problems: list[str] = []
    samples = book.samples
    for side in sides:
        problem = _try_side(side, samples)
        if problem and problem not in problems:
            problems.append(problem)
    return problems


def _try_side(side: Side, samples: Sequence[JsonMapping]) -> str | None:
    import cel

    program = cel.compile(side.source)
    for sample in samples:
        try:
            answer = program.execute(dict(sample))
        except (TypeError, ValueError, LookupError, ArithmeticError, RuntimeError) as error:
            return f"'{side.source}' cannot be evaluated: {str(error).split('.', maxsplit=1)[0]}"
        if side.logical and not isinstance(answer, bool):
            return f"'{side.source}' is not a yes-or-no question"
    return None
