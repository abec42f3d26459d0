"""A tenant's own domain pack: uploaded, numbered, never changed, and in force once an administrator says so."""

from typing import Final

from pydantic import Field

from app.domain.base import JsonObject, Moment, Value

PACK_CHOICE: Final = "pack_choice"
"""Under this name a tenant's notes keep which of its packs is in force."""
SHIPPED: Final = 0
"""Instead of a number: the pack that came with the product."""
MOST_CHOICES: Final = 50
"""So many are remembered, to go back to; the audit record has all."""


class PackVersion(Value):
    """One upload: what it is made of, who brought it, and when."""

    number: int = Field(ge=1)
    name: str
    title: str
    digest: str = Field(description="fingerprint of the whole pack as it counts")
    made_of: str = Field(default="", description="the pack that it changes; empty where it is a whole one")
    files: tuple[str, ...] = Field(description="the files that were uploaded")
    causes: int = Field(ge=0, description="how many it knows")
    added: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    note: str = ""
    by: str
    at: Moment

    @property
    def label(self) -> str:
        """What dossiers and decisions call it."""
        return label_of(self.name, self.number, self.digest)


class PackContent(Value):
    """What an upload holds: the whole pack that it makes, and the files as they came."""

    pack: JsonObject
    files: dict[str, str]


class PackTried(Value):
    """What a dry run of an upload came to, in counts."""

    by: str
    at: Moment
    incidents: int = Field(ge=0, description="how many recorded incidents were weighed with it")
    differ: int = Field(ge=0, description="how many would have had another cause first")
    labelled: int = Field(ge=0, description="of how many the cause is known")
    right_before: int = Field(ge=0)
    right_after: int = Field(ge=0)


class PackPut(Value):
    """Somebody put a pack in force."""

    number: int = Field(ge=SHIPPED)
    digest: str = ""
    by: str
    at: Moment
    reason: str


class PackChoice(Value):
    """Which packs a tenant put in force, the last of which counts, and which were tried."""

    put: tuple[PackPut, ...] = ()
    tried: dict[str, PackTried] = Field(default_factory=dict, description="the last dry run of each, by its number")

    @property
    def in_force(self) -> PackPut | None:
        """The one that counts; None for the shipped one, as long as nobody chose."""
        return self.put[-1] if self.put and self.put[-1].number != SHIPPED else None


def label_of(name: str, number: int, digest: str) -> str:
    """A pack in a few words, such as commerce 3 (1f2e3d4c5b6a)."""
    return f"{name} {number if number != SHIPPED else 'shipped'} ({digest[:12]})"
