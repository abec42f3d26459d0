"""What was seen of an incident, in words of its own: where no known cause fits, the likeliest of the wrong ones says
nothing about it, so that runbooks and questions are looked up by this.
"""

from app.domain.dossier_facts import Counts
from app.domain.hypotheses import Dossier

MOST = 2
LARGEST_SHARE = 0.1
"""What fewer of the signals show than this is not what the incident is about."""


def word_query(dossier: Dossier) -> str:
    """What to look runbooks up by: the title and what most of the signals show."""
    facts = dossier.facts
    shown = [*_most_seen(facts.codes), *_most_seen(facts.topics), *_most_seen(facts.symptoms)]
    words = [one.replace("_", " ").lower() for one in shown]
    return " ".join(dict.fromkeys((dossier.title, *words, *_most_seen(facts.endpoints))))


def list_checks(dossier: Dossier) -> list[str]:
    """What to find out about what was seen."""
    facts = dossier.facts
    places = _most_seen(facts.endpoints)
    where = f" at {places[0]}" if places else ""
    return [
        *(f"What makes {code} be answered{where}?" for code in _most_seen(facts.codes)[:1]),
        *(f"What do the stores with {one.replace('_', ' ')} have in common?" for one in _most_seen(facts.symptoms)[:1]),
        f"What changed for the affected merchants shortly before {dossier.since}?",
    ]


def word_seen(dossier: Dossier) -> str:
    """A sentence with the counts; empty when nothing was counted."""
    facts = dossier.facts
    parts = [
        f"{counts[name]} with {name.replace('_', ' ') if counts is facts.symptoms else name}"
        for counts in (facts.codes, facts.endpoints, facts.symptoms)
        for name in _most_seen(counts)
    ]
    return f" Seen: {', '.join(parts)}." if parts else ""


def _most_seen(counts: Counts) -> list[str]:
    floor = LARGEST_SHARE * max(counts.values(), default=0)
    return sorted((one for one in counts if one and counts[one] >= floor), key=lambda one: (-counts[one], one))[:MOST]
