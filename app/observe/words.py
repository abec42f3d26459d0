"""Words as the observers see them: tokens of several languages, stop words, phrases, and the fixed part of a log line.

Text is somebody else's; nothing here executes, stores or shows it. It is only cut, folded and counted.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

TEXT_LIMIT = 8_000
TOKEN = re.compile(r"[^\W_]+(?:'[^\W\d_]+)?", re.UNICODE)
STOP_WORDS = frozenset(
    """
    a about after again all also am an and any are as at back be because been before being but by can cant could did do does doesnt doing dont
    down each even ever every few for from get gets getting give go goes going gone got had has have having he hello help her here hey hi him his
    how i if im in into is isnt it its ive just know let like ll look made make many may me might more most much must my need no nor not now of off
    ok on once one only or other our out over own per please pls re really regards same see seems she should since so some still such sure tell
    than thank thanks that thats the their them then there these they thing this those thx time to today too under until up us use ve very want was
    way we well were what when where which while who why will with would yes yesterday yet you your
    aber alle als am an auch auf aus bei bin bis bitte da danke das dass dem den der des die dies diese dieser doch ein eine einem einen einer er
    es fur gibt habe haben hallo hat ich ihr im in ist ja kann kein keine konnen mehr mein mit nach nicht noch nur oder schon sehr sein seit sich sie
    sind so uber um und uns unser unsere von vor war was wenn werden wie wir wird zu zum zur grusse guten tag
    au aux avec bonjour ca ce ces cet cette chez comme dans de depuis des du elle en est et etait ete il ils j je l la le les leur lui ma mais me merci
    mes mon n ne nos notre nous on ont ou par pas plus pour qu que qui s sa sans se ses si son sont sur tous tout toute tres un une vos votre vous y
    al ante con como cuando de del desde donde el ella en entre era es esta estan este esto ha hace hasta hay hola la las lo los mas me mi muy nada
    no nos nuestra nuestro o para pero por porque que se ser si sin sobre son su sus tambien tiene todo un una unos y ya gracias
    """.split()
)
_MASKS = (
    (re.compile(r"https?://\S+"), "<url>"),
    (re.compile(r"\b[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}\b"), "<id>"),
    (re.compile(r"\b(?=\w*\d)(?=\w*[A-Za-z])[\w-]{6,}\b"), "<id>"),
    (re.compile(r"\b\d[\d.,:]*\b"), "<n>"),
    (re.compile(r"\"[^\"]*\"|'[^']*'"), "<text>"),
)
_ID_SEGMENT = re.compile(r"^(?:\d+|[0-9a-f]{8,}|[0-9a-f-]{32,}|(?=[\w-]*\d)[a-z]+[-_][\w-]{4,})$")


def folded(text: str) -> str:
    """Lower case without accents and hidden marks, capped, so that 'Précios' and 'precios' meet."""
    parted = unicodedata.normalize("NFKD", text[:TEXT_LIMIT]).casefold()
    return "".join(mark for mark in parted if not unicodedata.combining(mark) and unicodedata.category(mark) != "Cf")


def tokens(text: str) -> list[str]:
    """The words and numbers of a text, folded, in order."""
    return [match.group().replace("'", "") for match in TOKEN.finditer(folded(text).replace("’", "'"))]


def telling(text: str) -> list[str]:
    """The tokens that carry meaning: no stop words, no single letters, no bare numbers."""
    return [token for token in tokens(text) if len(token) > 2 and token not in STOP_WORDS and not token.isdigit()]


def common_terms(texts: Iterable[str], limit: int) -> tuple[str, ...]:
    """The telling words that occur in most of the texts; ties in alphabetical order."""
    counted = Counter(token for text in texts for token in set(telling(text)))
    ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return tuple(word for word, _ in ranked[:limit])


def _matches(word: str, token: str) -> bool:
    return token == word or (word.endswith("*") and token.startswith(word[:-1]))


def says(phrase: str, said: Sequence[str], reach: int = 3) -> bool:
    """Whether the words of a phrase occur in order, each at most `reach` tokens after the one before.

    A trailing star leaves the ending open ('redirect*'), so that inflections and other languages need no list of forms.
    """
    wanted = [word for part in phrase.split() for word in ([part] if part.endswith("*") and part[:-1].isalnum() else tokens(part))]
    wanted = [folded(word) for word in wanted]
    if not wanted:
        return False
    return any(_follows(wanted, said, place, reach) for place, token in enumerate(said) if _matches(wanted[0], token))


def _follows(wanted: Sequence[str], said: Sequence[str], place: int, reach: int) -> bool:
    for word in wanted[1:]:
        ahead = range(place + 1, min(place + 1 + reach, len(said)))
        found = next((index for index in ahead if _matches(word, said[index])), None)
        if found is None:
            return False
        place = found
    return True


def template_of(line: str, limit: int = 160) -> str:
    """The fixed part of a message: addresses, ids, numbers and quoted values are masked."""
    text = " ".join(line[:TEXT_LIMIT].split())
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return text[:limit]


def endpoint_of(endpoint: str | None) -> str:
    """The endpoint as a route: path only, lower case, ids masked. Empty when there is none."""
    if not endpoint:
        return ""
    path = re.sub(r"^[a-z][a-z0-9+.-]*://[^/?#]*", "", endpoint.strip().lower())
    parts = [part for part in re.split(r"[?#]", path)[0].split("/") if part]
    return "/" + "/".join("{id}" if _ID_SEGMENT.match(part) else part for part in parts)
