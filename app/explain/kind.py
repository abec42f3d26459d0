"""What a kind of question is: how people put it, and how recorded facts answer it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from app.explain.case import Draft
from app.explain.inquiry import Inquiry

LANGUAGES: Final = ("en", "de", "fr", "es")
UNKNOWN_KIND: Final = "unknown"
"""What is a question of no kind."""
Reads = Literal["dossiers", "lessons", "waves"]


@dataclass(frozen=True)
class QuestionKind:
    """One kind: how people put it stands in the file of examples of the same name."""

    id: str
    description: str
    """Completes "you can ask ..."."""
    answer: Callable[[Draft, Inquiry], None]
    of_incident: bool = True
    """Whether it is about one incident; else it is about the tenant, or about nothing recorded."""
    of_action: bool = False
    """Whether it is about an action of the incident, so that a tool that was never used is a false premise."""
    takes: tuple[str, ...] = ()
    """Which names of a question are arguments of it: a follow-up that brings only such a name asks the same of it."""
    reads: tuple[Reads, ...] = ()
    """What of the tenant is read for it, beyond incidents, actions and merchants."""
