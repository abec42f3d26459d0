"""Titles in the language of whoever asks. They are recorded in English; a pack and the tools say theirs in other
languages as well, and what the agent itself makes up has a form here. What nobody translated stays as it was recorded.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Final

from app.config.model import DomainPack
from app.domain.spoken import Translations
from app.ports.connectors import ToolSpec

FORMS: Final[tuple[tuple[str, dict[str, str]], ...]] = (
    (r"(?P<title>.+) \(edited\)", {"de": "{title} (bearbeitet)", "fr": "{title} (modifié)", "es": "{title} (editado)"}),
    (r"(?P<title>.+) \((?P<stores>\d+ stores?)\)", dict.fromkeys(("de", "fr", "es"), "{title} ({stores})")),
    (r"1 store", {"de": "1 Laden", "fr": "1 boutique", "es": "1 tienda"}),
    (r"(?P<count>\d+) stores", {"de": "{count} Läden", "fr": "{count} boutiques", "es": "{count} tiendas"}),
    (
        r"(?P<title>.+) at (?P<stores>\d+ stores?)",
        {"de": "{title} bei {stores}", "fr": "{title} dans {stores}", "es": "{title} en {stores}"},
    ),
    (
        r"hold wave (?P<wave>\S+) before its cutover",
        {
            "de": "Welle {wave} vor ihrer Umstellung anhalten",
            "fr": "Retenir la vague {wave} avant sa bascule",
            "es": "Retener la ola {wave} antes de su cambio",
        },
    ),
    (
        r"lift the hold of wave (?P<wave>\S+) before its cutover",
        {
            "de": "Die angehaltene Welle {wave} vor ihrer Umstellung freigeben",
            "fr": "Relâcher la vague {wave} avant sa bascule",
            "es": "Soltar la ola {wave} antes de su cambio",
        },
    ),
    (
        r"fewer (?P<name>.+) than usual",
        {"de": "Weniger {name} als sonst", "fr": "Moins de {name} que d'habitude", "es": "Menos {name} de lo habitual"},
    ),
    (
        r"more (?P<name>.+) than usual",
        {"de": "Mehr {name} als sonst", "fr": "Plus de {name} que d'habitude", "es": "Más {name} de lo habitual"},
    ),
    (
        r"deliveries of (?P<name>.+)",
        {"de": "Zustellungen von {name}", "fr": "livraisons de {name}", "es": "entregas de {name}"},
    ),
    (
        r"slow calls of (?P<name>.+)",
        {"de": "langsame Aufrufe von {name}", "fr": "appels lents de {name}", "es": "llamadas lentas de {name}"},
    ),
    (r"(?P<name>\S+) fell", {"de": "{name} ist gefallen", "fr": "{name} a baissé", "es": "{name} ha bajado"}),
    (
        r"tickets about (?P<name>.+)",
        {"de": "Tickets über {name}", "fr": "Tickets sur {name}", "es": "Tickets sobre {name}"},
    ),
    (
        r"a ticket about (?P<name>.+)",
        {"de": "ein Ticket über {name}", "fr": "un ticket sur {name}", "es": "un ticket sobre {name}"},
    ),
    (r"(?P<title>.+) \((?P<id>INC-\w+)\)", dict.fromkeys(("de", "fr", "es"), "{title} ({id})")),
    (
        r"(?P<count>\d+) of (?P<all>\d+) merchants? to be cut over: (?P<title>.+)",
        {
            "de": "{count} von {all} umzustellenden Händlern: {title}",
            "fr": "{count} marchand(s) sur {all} à basculer : {title}",
            "es": "{count} de {all} comercios por cambiar: {title}",
        },
    ),
    (
        r"hit already: (?P<title>.+)",
        {"de": "schon betroffen: {title}", "fr": "déjà touché : {title}", "es": "ya afectado: {title}"},
    ),
    (
        r"(?P<name>\w+) is (?P<value>\S+): (?P<title>.+)",
        {
            "de": "{name} ist {value}: {title}",
            "fr": "{name} vaut {value} : {title}",
            "es": "{name} es {value}: {title}",
        },
    ),
    (
        r"not seen so far: (?P<signs>.+)\.",
        {
            "de": "Bisher nicht gesehen: {signs}.",
            "fr": "Non observé jusqu'ici : {signs}.",
            "es": "No visto hasta ahora: {signs}.",
        },
    ),
    (
        r"to check: (?P<what>.+)",
        {"de": "Zu prüfen: {what}", "fr": "À vérifier : {what}", "es": "Por comprobar: {what}"},
    ),
    (
        r"the runner-up is close: (?P<title>.+) \((?P<share>[^()]+)\)\.",
        {
            "de": "Dicht dahinter folgt: {title} ({share}).",
            "fr": "La suivante est proche : {title} ({share}).",
            "es": "La siguiente está cerca: {title} ({share}).",
        },
    ),
    (
        r"no runbook covers this\.",
        {
            "de": "Kein Runbook behandelt das.",
            "fr": "Aucun runbook n'en traite.",
            "es": "Ningún runbook trata esto.",
        },
    ),
    (
        r"there are only a few signals; more may change the ranking\.",
        {
            "de": "Es gibt erst wenige Signale; weitere können die Reihenfolge ändern.",
            "fr": "Il n'y a que peu de signaux ; d'autres peuvent changer le classement.",
            "es": "Hay pocas señales; otras pueden cambiar el orden.",
        },
    ),
    (
        r"(?P<title>\S.*) at (?P<place>/.+|\S+)",
        {"de": "{title} bei {place}", "fr": "{title} sur {place}", "es": "{title} en {place}"},
    ),
    (r"webhook errors", {"de": "Webhook-Fehler", "fr": "erreurs de webhook", "es": "errores de webhook"}),
    (r"log errors", {"de": "Fehler im Log", "fr": "erreurs du journal", "es": "errores del registro"}),
    (r"under (?P<share>\S+)", {"de": "unter {share}", "fr": "moins de {share}", "es": "menos de {share}"}),
    (r"over (?P<share>\S+)", {"de": "über {share}", "fr": "plus de {share}", "es": "más de {share}"}),
    (r"errors", {"de": "Fehler", "fr": "erreurs", "es": "errores"}),
    (r"something", {"de": "etwas", "fr": "quelque chose", "es": "algo"}),
    (r"orders", {"de": "Bestellungen", "fr": "commandes", "es": "pedidos"}),
    (r"payments", {"de": "Zahlungen", "fr": "paiements", "es": "pagos"}),
    (r"declined payments", {"de": "abgelehnte Zahlungen", "fr": "paiements refusés", "es": "pagos rechazados"}),
    (
        r"payments without an order",
        {"de": "Zahlungen ohne Bestellung", "fr": "paiements sans commande", "es": "pagos sin pedido"},
    ),
    (
        r"nothing to propose: people are needed",
        {
            "de": "Nichts vorzuschlagen: Menschen werden gebraucht",
            "fr": "Rien à proposer : il faut des personnes",
            "es": "Nada que proponer: hacen falta personas",
        },
    ),
    (
        r"a cause nobody has catalogued",
        {
            "de": "eine Ursache, die niemand verzeichnet hat",
            "fr": "une cause que personne n'a recensée",
            "es": "una causa que nadie ha catalogado",
        },
    ),
)
"""What the agent makes titles of, as patterns, and the same in other languages; what is named is put into words too."""
_FORMS: Final = tuple((re.compile(pattern, re.IGNORECASE), told) for pattern, told in FORMS)
_BLANK: Final = re.compile(r"{([A-Za-z0-9_.-]+)}")
_FILLED: Final = re.compile(r"{(\w+)}")


@dataclass(frozen=True)
class Titles:
    """What is said of a pack and of tools: each English title, or template of one, with its translations."""

    told: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @cached_property
    def _plain(self) -> dict[str, Mapping[str, str]]:
        return {english.casefold(): told for english, told in self.told.items()}

    @cached_property
    def _templates(self) -> list[tuple[re.Pattern[str], Mapping[str, str]]]:
        return [
            (_as_pattern(english), {language: _BLANK.sub(_name_blank, said) for language, said in told.items()})
            for english, told in self.told.items()
            if "{" in english
        ]

    def word_title(self, language: str, title: str) -> str:
        """A title in a language; as it was recorded where it is not known in that one."""
        if language == "en" or not title:
            return title
        found = self._plain.get(title.casefold(), {}).get(language) or self._fill_form(language, title)
        if found is None:
            return title
        return f"{found[:1].upper()}{found[1:]}" if title[:1].isupper() else found

    def _fill_form(self, language: str, title: str) -> str | None:
        """By the first form or template that it has; what stands in the blanks is put into words as well."""
        for pattern, told in chain(self._templates, _FORMS):
            shape = pattern.fullmatch(title)
            if shape and language in told:
                blanks = {name: self.word_title(language, value) for name, value in shape.groupdict().items()}
                return _fill_blanks(told[language], blanks)
        return None


def _fill_blanks(template: str, blanks: Mapping[str, str]) -> str:
    """What nothing fills stays as it is written."""
    return _FILLED.sub(lambda found: blanks.get(found[1], found[0]), template)


def _as_pattern(template: str) -> re.Pattern[str]:
    """What a template looks like once it is filled."""
    parts = _BLANK.split(template)
    fixed, names = parts[::2], [_clean_name(one) for one in parts[1::2]]
    blanks = [f"(?P<{name}>.+)" if name not in names[:place] else f"(?P={name})" for place, name in enumerate(names)]
    return re.compile("".join(map("".join, zip(map(re.escape, fixed), [*blanks, ""], strict=True))), re.IGNORECASE)


def _name_blank(found: re.Match[str]) -> str:
    return "{" + _clean_name(found[1]) + "}"


def _clean_name(name: str) -> str:
    """The name of a blank as a pattern may have it."""
    return re.sub(r"\W", "_", name)


def list_titles(pack: DomainPack, tools: Iterable[ToolSpec]) -> Titles:
    """Every title of a pack and of the tools that is said in another language too."""
    return Titles({english: one.told() for english, one in chain(_list_titled(pack), _list_tools(tools)) if one.told()})


def _list_titled(pack: DomainPack) -> Iterator[tuple[str, Translations]]:
    for cause in pack.causes:
        yield cause.title, cause.translated
        yield from ((one.title, one.translated) for one in cause.treatments)
    yield pack.fallback.title, pack.fallback.translated
    for symptom in pack.vocabulary.symptoms:
        yield symptom.title, symptom.translated
        yield symptom.id.replace("_", " "), symptom.translated
    yield from ((one.says, one.translated) for one in pack.vocabulary.headlines)


def _list_tools(tools: Iterable[ToolSpec]) -> Iterator[tuple[str, Translations]]:
    yield from ((one.title, one.translated) for one in tools)
