"""Takes card data, bank accounts and credentials out of text, and leaves the ids, amounts and times that an
investigation needs.

Every pattern starts at a literal and is bounded, or consumes a whole run at once, so that the time grows with the
length of the text only.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Redacted:
    """A text without its secrets, and the kinds of what was taken out, each once."""

    text: str
    kinds: tuple[str, ...] = ()


def redact(text: str) -> Redacted:
    """The text with a placeholder such as `[card removed]` for every secret in it."""
    if plainly_harmless(text):
        return Redacted(text)
    kinds: list[str] = []
    for kind, step in _STEPS:
        changed = step(text)
        if changed != text:
            kinds.append(kind)
            text = changed
    return Redacted(text, tuple(dict.fromkeys(kinds)))


def redact_field(name: str, text: str) -> Redacted:
    """The same for the value of a named field, whose name may say what it is: a password, a CVV, or merely the id of an
    order.
    """
    if plainly_harmless(f"{name}={text}"):
        return Redacted(text)
    if _NAMES_A_SECRET.search(name) and not _is_harmless(text, is_password="pass" in name.lower(), prose=False):
        return Redacted(_placeholder_for("password"), ("password",))
    found = redact(f"{name}={text}")
    return (
        Redacted(found.text.removeprefix(f"{name}="), found.kinds)
        if found.text.startswith(f"{name}=")
        else redact(text)
    )


def _placeholder_for(kind: str) -> str:
    return f"[{kind} removed]"


# Private keys, and tokens whose format gives them away

_PEM_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_PEM_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_JWT = re.compile(
    r"(?<![A-Za-z0-9_-])(?>[A-Za-z0-9_-]*?eyJ)[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]{2,}+(?:\.[A-Za-z0-9_-]*+){1,3}"
)
_TOKEN = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"shp[a-z]{2,4}_[A-Za-z0-9]{16,}+"
    r"|[srp]k_(?:live|test|prod)_[A-Za-z0-9]{8,}+"
    r"|whsec_[A-Za-z0-9+/=_-]{12,}+"
    r"|AIza[A-Za-z0-9_-]{30,}+"
    r"|(?:xox[a-z]|xapp)-[A-Za-z0-9.-]{8,}+"
    r"|gh[a-z]_[A-Za-z0-9]{20,}+|github_pat_[A-Za-z0-9_]{20,}+|glpat-[A-Za-z0-9_-]{16,}+"
    r"|(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])"
    r"|sk_[A-Za-z0-9_-]{40,}+|sk-(?:proj-|ant-)?[A-Za-z0-9_-]{32,}+"
    r"|SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,}+"
    r"|npm_[A-Za-z0-9]{30,}+|pypi-[A-Za-z0-9_-]{40,}+"
    r"|[0-9]{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])"
    r")"
)
_SLACK_HOOK = re.compile(r"(hooks\.slack\.com/(?:services|workflows)/)[A-Za-z0-9/_-]{8,}+")


def _without_private_keys(text: str) -> str:
    """A key without an end was cut off: everything after its beginning goes."""
    kept: list[str] = []
    at = 0
    while begin := _PEM_BEGIN.search(text, at):
        kept += [text[at : begin.start()], _placeholder_for("key")]
        end = _PEM_END.search(text, begin.end())
        at = end.end() if end else len(text)
    return "".join([*kept, text[at:]])


def _without_tokens(text: str) -> str:
    if "eyJ" in text:
        text = _JWT.sub(_placeholder_for("token"), text)
    return _SLACK_HOOK.sub(rf"\1{_placeholder_for('token')}", _TOKEN.sub(_placeholder_for("token"), text))


# Credentials that only their surroundings give away

_SCHEMES = r"(?:bearer|basic|token|digest|negotiate|apikey|aws4-hmac-sha256)"
_HEADER = re.compile(
    rf"(?i)(authori[sz]ation[\"'\\]{{0,3}}\s{{0,4}}(?:[:=]|%3[AD])\s{{0,4}}[\"'\\]{{0,3}})({_SCHEMES}(?:\s{{1,4}}|%20|\+))?([^\s\"'\\,;<>&]++)"
)
_BEARER = re.compile(r"(?i)(?<![a-z])(bearer(?:\s{1,4}|%20|\+|[:=]\s{0,2})[\"']?)([a-z0-9._~+/=-]{8,}+)")
_BASIC = re.compile(r"(?i)(?<![a-z])(basic\s{1,4})([a-z0-9+/]{8,}+={0,2})")
_URL_USER = re.compile(r"(://)[^\s/?#@:\"'<>\[\]]{0,200}:[^\s/?#\"'<>]{1,300}@")
_WORDS = (
    r"(?:pass(?:word|wd|phrase|code)|passwort|kennwort|contrase(?:ñ|n)a|pwd|passwd"
    r"|secret(?:[_ -]?(?:access[_ -]?)?key)?|(?:api|access|private|signing|encryption|auth)[_ -]?key|token)"
)
_WORD = r"(?:[^\s\"'<>&,;]|[&,;](?!\s|[\w.-]{1,40}[=:]|$))++"
_VALUE = r"(\\?\"[^\"\n]{1,500}\"|'[^'\n]{1,500}'|[\"'\\]{0,3}" + _WORD + ")"
_NAMED = re.compile(rf"(?i)({_WORDS})([\"'\\]{{0,3}}\s{{0,3}}(?:=>|[:=]|%3[AD])\s{{0,3}}){_VALUE}")
_PASS = re.compile(rf"(?i)((?<![a-z])pass(?:\s{{0,2}}=\s{{0,2}}|%3D))({_WORD})")
_OPTION = re.compile(r"(?i)(--[a-z-]{0,20}(?:password|token|secret|api-key)\s{1,3})([^\s-][^\s]*+)")
_SAID = re.compile(
    r"(?i)((?:passwor[dt]|kennwort|pwd)\s{1,3}(?:(?:is|was|ist|lautet)[:\s]\s{0,3})?[\"']?)(?!removed\])([^\s\"'<>]++)"
)
_TELLTALES = ("pass", "kennwort", "contrase", "pwd", "secret", "key", "token", "basic")
"""Without one of these there is nothing for the patterns above to find; most texts have none."""
_NAMES_A_SECRET = re.compile(rf"(?i)(?:{_WORDS}|authori[sz]ation)$")
_MASK = re.compile(
    r"[*•x…#.-]+|\$\{\w+\}|\{\{"
    r" ?\w*(?:\}\})?|<[a-z_-]+>?|\[(?:card|cvv|iban|password|token|key|redacted|filtered|hidden|masked)\]?"
)
_HARMLESS = re.compile(
    "an?|and|any|are|as|at|auth|authentication|bad|be|been|blank|by|can|cannot|changed|check|confirmation|correct|created|denied|disabled|does|"
    "empty|error|exceeded|expected|expired|fail|failed|failure|false|field|for|format|found|from|given|has|hash|header|hidden|if|in|incorrect|"
    "input|invalid|is|it|length|login|malformed|manager|masked|match|mismatch|missing|must|n/a|new|nil|no|none|not|null|of|ok|old|on|or|page|"
    "policy|present|provided|realm|received|redacted|rejected|removed|renewed|required|reset|rotated|rotation|scheme|screen|sent|should|strength|"
    "that|the|this|to|tokens?|too|true|type|undefined|unknown|unset|updated?|used?|user|valid|validation|version|was|weak|were|will|with|wrong|your"
)


def _is_harmless(raw: str, *, is_password: bool, prose: bool) -> bool:
    """Whether what follows such a word only talks about a secret: a state, a mask, a count, or part of a sentence."""
    value = raw.strip("\"'\\.,;:!?()").lower()
    if not value or _HARMLESS.fullmatch(value) or _MASK.fullmatch(value):
        return True
    if is_password:
        return value.isdigit() and len(value) < 4
    return len(value) < 6 or (prose and len(value) < 16 and value.isascii() and value.isalpha())


def _looks_random(value: str) -> bool:
    mixed = any(sign.isdigit() for sign in value) or (
        value.lower() != value and value[1:].upper() != value[1:] and value[1:].lower() != value[1:]
    )
    return len(value) >= 8 and (mixed or len(value) >= 24)


def _redact_header(found: re.Match[str]) -> str:
    start, scheme, value = found[1], found[2] or "", found[3]
    if value.startswith("[") or _HARMLESS.fullmatch(value.lower().strip(".:")) or not (scheme or _looks_random(value)):
        return found[0]
    return f"{start}{scheme}{_placeholder_for('token')}"


def _redact_bearer(found: re.Match[str]) -> str:
    return f"{found[1]}{_placeholder_for('token')}" if _looks_random(found[2]) else found[0]


def _redact_basic(found: re.Match[str]) -> str:
    """Only what decodes to a name, a colon and a password."""
    try:
        decoded = base64.b64decode(found[2] + "=" * (-len(found[2]) % 4), validate=True)
    except (binascii.Error, ValueError):
        return found[0]
    return f"{found[1]}{_placeholder_for('password')}" if b":" in decoded and decoded.isascii() else found[0]


def _redact_named(found: re.Match[str]) -> str:
    word, between, value = found[1], found[2], found[3]
    is_password = word.lower().startswith(("pass", "kenn", "contra", "pwd"))
    if _is_harmless(value, is_password=is_password, prose=between.endswith((" ", "\t", "\n"))):
        return found[0]
    return f"{word}{between}{_placeholder_for('password')}"


def _redact_assigned(found: re.Match[str]) -> str:
    return (
        found[0]
        if _is_harmless(found[2], is_password=True, prose=False)
        else f"{found[1]}{_placeholder_for('password')}"
    )


def _redact_said(found: re.Match[str]) -> str:
    """In a sentence only a word with a letter and a digit counts as a password."""
    value = found[2]
    spelled = len(value) >= 5 and any(sign.isdigit() for sign in value) and any(sign.isalpha() for sign in value)
    return f"{found[1]}{_placeholder_for('password')}" if spelled and not value.startswith("[") else found[0]


def _without_headers(text: str) -> str:
    lowered = text.lower()
    if "authori" not in lowered and "bearer" not in lowered:
        return text
    return _BEARER.sub(_redact_bearer, _HEADER.sub(_redact_header, text))


def _without_passwords(text: str) -> str:
    text = _URL_USER.sub(rf"\1{_placeholder_for('password')}@", text) if "://" in text else text
    lowered = text.lower()
    if not any(word in lowered for word in _TELLTALES):
        return text
    text = _NAMED.sub(_redact_named, _BASIC.sub(_redact_basic, text))
    return _SAID.sub(_redact_said, _OPTION.sub(_redact_assigned, _PASS.sub(_redact_assigned, text)))


# Bank accounts

_IBAN_COUNTRIES = {
    15: "NO",
    16: "BE",
    18: "DKFIFKFOGLNLSD",
    19: "MKSI",
    20: "ATBAEEKZLTLUMNXK",
    21: "CHHRLILV",
    22: "BGBHCRDEGBGEIEMERSVA",
    23: "AEGIILIQOMSOTL",
    24: "ADCZESMDPKROSASESKTNVG",
    25: "LYPTST",
    26: "ISTR",
    27: "BIDJFRGRITMCMRSM",
    28: "ALAZBYCYDOGTHULBNIPLSV",
    29: "BREGPSQAUA",
    30: "JOKWMU",
    31: "MTSC",
    32: "LC",
    33: "RU",
}
_IBAN_LENGTHS = {code: size for size, codes in _IBAN_COUNTRIES.items() for code in re.findall("..", codes)}
_IBAN_START = re.compile(r"(?<![A-Za-z0-9])(?:iban)?([A-Za-z]{2})[0-9](?:[ .-]?)[0-9]", re.IGNORECASE)
_IBAN_GAP = r"(?:[\s.+\u200b-\u200d\u2060_-]|%20|&nbsp;){0,2}"
_IBAN_TAIL = {
    size: re.compile(rf"(?:{_IBAN_GAP}[A-Za-z0-9]){{{size - 4}}}(?![A-Za-z0-9])")
    for size in set(_IBAN_LENGTHS.values())
}
_SEPARATOR = re.compile(r"%20|&nbsp;|[^A-Za-z0-9]")


def _without_ibans(text: str) -> str:
    kept: list[str] = []
    done = at = 0
    while start := _IBAN_START.search(text, at):
        size = _IBAN_LENGTHS.get(start[1].upper())
        tail = _IBAN_TAIL[size].match(text, start.end()) if size else None
        at = start.end()
        if tail and _iban_adds_up(text[start.start(1) : tail.end()]):
            kept += [text[done : start.start(1)], _placeholder_for("iban")]
            done = at = tail.end()
    return "".join([*kept, text[done:]])


def _iban_adds_up(written: str) -> bool:
    """The check of ISO 7064: the number, its first four signs moved to the end, leaves 1 when divided by 97."""
    signs = _SEPARATOR.sub("", written).upper()
    return int("".join(str(int(sign, 36)) for sign in signs[4:] + signs[:4])) % 97 == 1


# Card numbers and their verification codes

_UUID = re.compile(r"([0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12})")
_DIGITS = re.compile(r"%20|(\d+)")
_RUN = re.compile(r"\d++(?:(?:[\s.+\-\u00ad\u2010-\u2015\u200b-\u200d\u2060\ufeff_]|%20|&nbsp;){1,3}+\d++)*+")
_PLAIN_GAPS = re.compile(r"[\d\s\-\u2010-\u2015\u200b-\u200d\u2060\ufeff]*")
_BRANDS: dict[int, re.Pattern[str]] = {
    13: re.compile("4"),
    14: re.compile("30[0-5]|3[689]"),
    15: re.compile("3[47]|2131|1800"),
    16: re.compile("220[0-4]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720|3[0689]|35|4|5|6|81|9792"),
    17: re.compile("6[2-57]|5018|5020|5038|5893"),
    18: re.compile("6[2-57]|5018|5020|5038|5893"),
    19: re.compile("4|6|5018|5020|5038|5893|81"),
}
_CARD_WORD = re.compile(r"(?i)card|karte|carte|tarjeta|visa|master|maestro|amex|\bpan\b|\bcc\b|credit|debit|kredit")
_NEAR = 40
_NUMBER = r"s?(?:[_ -]?(?:id|no|nr|number))?[\"'\\]{0,2}"
_ID_WORD = (
    r"order|ord|invoice|inv|merchant|merch|product|variant|sku|shipment|tracking|ticket|event|evt|trace|request|req|transaction|txn|payment[_"
    r" -]?id"
)
_ID_LABEL = re.compile(rf"(?i)(?<![a-z])(?:{_ID_WORD}){_NUMBER}\s?(?:[#:=/_-]|%3D)[\s\"'\\#]{{0,3}}$")
_SHORT_LABEL = re.compile(
    rf"(?i)(?<![a-z])(?:{_ID_WORD}|customer|payment|id|ref|reference){_NUMBER}[\s.:#=/_-]{{0,4}}$"
)
_PHONE_LABEL = re.compile(
    rf"(?i)(?:\+|(?<![a-z])(?:tele?|phone|telephone|telefon|mobile|fax|call|whatsapp|sms){_NUMBER}[\s.:#=/_+(-]{{0,4}})$"
)
_CVV = re.compile(
    r"(?i)((?:cvv2?|cvc2?|cvn2?|security[ _-]?code|card[ _-]?verification["
    r" _-]?(?:code|value|number)|(?:karten)?pr(?:ü|ue)f(?:ziffer|nummer))"
    r"(?:[\W_]|%3[AD]|%20){0,6}(?:(?:is|was|ist|code|number|no|nr|num|value)(?:[\W_]|%3[AD]|%20){1,4}){0,2})\d{3,4}(?!\w)"
)


def _without_cards(text: str) -> str:
    """A UUID may look like a card number in groups; what lies between the UUIDs is searched."""
    parts = _UUID.split(text)
    return "".join(part if place % 2 else _cards_of(part) for place, part in enumerate(parts))


def _cards_of(text: str) -> str:
    kept: list[str] = []
    done = 0
    for run in _RUN.finditer(text):
        for start, end in _cards_in(text, run):
            kept += [text[done:start], _placeholder_for("card")]
            done = end
    return "".join([*kept, text[done:]])


def _cards_in(text: str, run: re.Match[str]) -> list[tuple[int, int]]:
    """Where the card numbers of a run of digit groups are; other numbers may stand right before and after them."""
    if run.end() - run.start() < 13:
        return []
    groups = [found.span() for found in _DIGITS.finditer(text, run.start(), run.end()) if found[1]]
    worded = _CARD_WORD.search(text, max(0, run.start() - _NEAR), run.start()) is not None
    plain = _PLAIN_GAPS.fullmatch(run[0]) is not None
    spans: list[tuple[int, int]] = []
    first = 0
    while first < len(groups):
        near = worded and groups[first][0] - run.start() < _NEAR
        last = _card_from(text, groups, first, worded=near, plain=plain and first == 0)
        if last is not None:
            spans.append((groups[first][0], groups[last][1]))
            first = last
        first += 1
    return spans


def _card_from(text: str, groups: Sequence[tuple[int, int]], first: int, *, worded: bool, plain: bool) -> int | None:
    """The last group of the longest card number that begins with a group, or None."""
    digits, best = "", None
    sizes: list[int] = []
    for last in range(first, min(first + 19, len(groups))):
        start, end = groups[last]
        sizes.append(end - start)
        if len(digits) + end - start > 19:
            break
        digits += text[start:end]
        shaped = worded or _is_usual_grouping(sizes, leading=first == 0) or (plain and last == len(groups) - 1)
        if (
            len(digits) >= 13
            and shaped
            and _is_card(digits, text[max(0, groups[first][0] - _NEAR) : groups[first][0]], len(sizes), worded=worded)
        ):
            best = last
    return best


def _is_card(digits: str, before: str, groups: int, *, worded: bool) -> bool:
    """After a word for a card any number that adds up is one; elsewhere it must belong to a brand, and not be labelled
    as something else.
    """
    number = "".join(str(int(sign)) for sign in digits)
    if number[0] in "01" or not (worded or _BRANDS[len(number)].match(number)) or not _passes_luhn(number):
        return False
    if groups == 1 and _ID_LABEL.search(before):
        return False
    if worded:
        return True
    if len(number) <= 15 and _PHONE_LABEL.search(before):
        return False
    return not (groups == 1 and len(number) <= 14 and _SHORT_LABEL.search(before))


def _is_usual_grouping(sizes: Sequence[int], *, leading: bool) -> bool:
    """Whether cards are printed in such groups, or dictated digit by digit."""
    if (
        len(sizes) == 1
        or (leading and set(sizes) == {1})
        or tuple(sizes) in {(4, 6, 5), (4, 6, 4), (8, 8), (6, 10), (4, 3, 3, 3)}
    ):
        return True
    return set(sizes[:-1]) == {4} and sizes[-1] <= 4


def _passes_luhn(digits: str) -> bool:
    doubled = [sum(divmod(2 * int(sign), 10)) for sign in digits[-2::-2]]
    return (sum(doubled) + sum(int(sign) for sign in digits[-1::-2])) % 10 == 0


def _without_cvvs(text: str) -> str:
    lowered = text.lower()
    return (
        _CVV.sub(rf"\1{_placeholder_for('cvv')}", text)
        if any(word in lowered for word in ("cv", "code", "verification", "pr"))
        else text
    )


_STEPS = (
    ("key", _without_private_keys),
    ("token", _without_tokens),
    ("token", _without_headers),
    ("password", _without_passwords),
    ("iban", _without_ibans),
    ("card", _without_cards),
    ("cvv", _without_cvvs),
)

# Most texts are ids, routes and numbers, in which no step finds anything

_WORDY = (
    *("@", "-----", "eyj", "hooks.slack", "%20", "&nbsp;", "authori", "bearer", "pass", "kennwort", "contrase", "pwd"),
    *("secret", "key", "token", "basic", "cvc", "cvn", "cvv", "security", "verification", "pruef"),
)
"""Without one of these in lower case, ASCII text holds no private key, JWT, header, credential of an address, password
or CVV.
"""
_HEADS = (
    *("shp", "sk_", "rk_", "pk_", "sk-", "whsec", "aiza", "xox", "xapp", "gh", "glpat", "akia", "asia", "abia", "acca"),
    *("sg.", "npm_", "pypi", ":aa"),
)
"""Without one of these it holds none of the other tokens."""
_FEW_LETTERS = re.compile(r"[^A-Za-z]{13,}")
"""As long as the shortest card, and all of a card's digits lie in one."""
_TWO_LETTERS = re.compile(r"[A-Za-z][A-Za-z]\d[ .-]?\d")


def plainly_harmless(text: str) -> bool:
    """Whether no step can find anything, told by what each of them cannot do without; False says nothing.

    Several texts with line ends between them are harmless when each of them is.
    """
    lowered = text.lower()
    return (
        text.isascii()
        and not any(word in lowered for word in _WORDY)
        and (not any(head in lowered for head in _HEADS) or _TOKEN.search(text) is None)
        and all(sum(map(str.isdigit, run)) < 13 for run in _FEW_LETTERS.findall(text))
        and (_TWO_LETTERS.search(text) is None or _IBAN_START.search(text) is None)
    )
