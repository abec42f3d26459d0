"""What names a merchant in an address: its id, its name, and what its directory entry calls it there.

Platforms put the shop into the path. Each shop then has routes of its own, and what fails at many is told of none: so
the name is masked, each merchant's own at its own signals.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from app.domain.merchants import Merchant

SHOP: Final = "{shop}"
SHORTEST: Final = 4
"""Shorter names are words of a path as often as not."""
CUT_AT: Final = 12
"""Addresses cut no name to less."""
_CALLS: Final = re.compile(
    r"slug|handle|subdomain|tenant|domain|host|alias|permalink|(?:store|shop|site|account)_?(?:id|name|key|code)$"
)
"""Attributes that say how a merchant is called in addresses."""
_SPELT: Final = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa", "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_KIND: Final = re.compile(r"^[a-z]{1,12}[-_:]")
"""Many ids begin with what they are of."""


def list_own_names(merchants: Iterable[Merchant]) -> dict[str, frozenset[str]]:
    """What names each merchant and nobody else."""
    said = {one.id: frozenset(_names_of(one)) for one in merchants}
    bearers = Counter(name for names in said.values() for name in names)
    return {merchant: frozenset(name for name in names if bearers[name] == 1) for merchant, names in said.items()}


def mask_own_name(endpoint: str, names: frozenset[str]) -> str | None:
    """An endpoint without what names its merchant; none where nothing does."""
    path, sign, rest = endpoint.partition("?")
    parts = path.split("/")
    masked = [SHOP if _is_named(part.casefold(), names) else part for part in parts]
    return "/".join(masked) + sign + rest if masked != parts else None


def _is_named(part: str, names: frozenset[str]) -> bool:
    """Whether it is one of these names, or what addresses cut of one that is too long for them."""
    return part in names or (len(part) >= CUT_AT and any(name.startswith(part) for name in names))


def _names_of(merchant: Merchant) -> Iterator[str]:
    for name in _spellings(merchant):
        if len(name) >= SHORTEST:
            yield name


def _spellings(merchant: Merchant) -> Iterator[str]:
    plain = merchant.id.casefold()
    yield plain
    yield _KIND.sub("", plain)
    for spelt in (_fold(merchant.name), _fold(merchant.name.casefold().translate(_SPELT))):
        words = re.findall(r"[a-z0-9]+", spelt)
        yield from ("-".join(words), "_".join(words), "".join(words))
    for value in _addresses(merchant.attributes):
        yield value
        yield value.removeprefix("www.").partition(".")[0]


def _addresses(attributes: Mapping[str, object]) -> Iterator[str]:
    told = ((name.casefold(), value) for name, value in attributes.items() if isinstance(value, str))
    return (value.casefold() for name, value in told if _CALLS.search(name))


def _fold(name: str) -> str:
    """Without accents."""
    return unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
