"""A sign in how far the affected merchants have migrated: `stage: [post_migration]`."""

from collections.abc import Iterator

from app.domain.base import Stage
from app.domain.dossier_facts import DossierFacts
from app.domain.evidence import Evidence
from app.signs.base import A_LOOK, Hits, SignKind, texts_of


class StageKind(SignKind):
    """The share of the affected merchants with a known stage that are in one of these."""

    name = "stage"
    full_share = 0.6
    witness = ""
    example = ("in_progress", "post_migration")
    contrary_rows = frozenset({"stage"})
    minutes = A_LOOK

    def count_hits(self, wanted: object, sign: str, facts: DossierFacts) -> Hits | None:
        """The merchants in these stages."""
        stages, listed = facts.stages, texts_of(wanted)
        total = sum(stages.values())
        fitting = {stage: count for stage, count in stages.items() if stage in listed}
        return Hits(count=sum(fitting.values()), total=total, by_value=fitting) if total else None

    def is_shown_by(self, row: Evidence, wanted: object, sign: str, hits: Hits) -> bool:
        """The row that counts the stages."""
        return row.kind == "stage"

    def find_value_problems(self, value: str) -> Iterator[str]:
        """A stage nobody is ever in."""
        if value not in set(Stage):
            yield f"is {value!r}; write one of {', '.join(Stage)}"


KIND = StageKind()
