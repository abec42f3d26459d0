"""Documents as they arrive: what they are (by content and by name), and the text in them.

A file is believed only when its bytes and its extension agree. PDFs are opened in a fresh interpreter with limits
(`pdf_box.py`), because a hostile one costs minutes and gigabytes inside the library that reads it.
"""

import json
import re
import subprocess
import sys
from pathlib import Path, PurePath

from pydantic import Field

from app.domain.base import Untrusted, Value, normal_text
from app.domain.errors import BadInput

MAX_BYTES = 20_000_000
MAX_CHARACTERS = 5_000_000
WALL_SECONDS = 20.0
PDF_WORKER = Path(__file__).with_name("pdf_worker.py")

EXTENSIONS = {".md": "md", ".markdown": "md", ".txt": "txt", ".text": "txt", ".pdf": "pdf"}
SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x7fELF", "a program (ELF)"),
    (b"MZ", "a Windows program"),
    (b"\xca\xfe\xba\xbe", "a program (Java or Mach-O)"),
    (b"\xcf\xfa\xed\xfe", "a program (Mach-O)"),
    (b"\x00asm", "a program (WebAssembly)"),
    (b"PK\x03\x04", "a ZIP archive (or an Office file)"),
    (b"PK\x05\x06", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"RIFF", "a media file"),
    (b"SQLite format 3", "a database"),
    (b"\xd0\xcf\x11\xe0", "an old Office file"),
    (b"{\\rtf", "an RTF document"),
    (b"%!PS", "a PostScript program"),
    (b"%PDF-", "a PDF"),
)
"""What a file really is when it starts like this."""

MARKUP = re.compile(r"<(?:!doctype|html|head|body|script|iframe|svg|\?xml|\?php)(?![\w-])", re.IGNORECASE)
HIDDEN_PDF = re.compile(rb"%PDF-\d\.\d")
ZIP_END = b"PK\x05\x06"
BYTE_ORDER_MARKS: tuple[tuple[bytes, str], ...] = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


class Document(Value):
    """A runbook as a caller hands it in: Markdown, or plain text."""

    id: str = Field(min_length=1, max_length=300)
    title: str = ""
    text: str
    format: str = Field(default="md", pattern="^(md|txt|pdf)$")


def detect_format(filename: str, content: bytes) -> str:
    """`md`, `txt` or `pdf` when name and content agree; BadInput with the reason otherwise."""
    name = PurePath(filename.replace("\\", "/")).name or "the file"
    claimed = EXTENSIONS.get(PurePath(name).suffix.lower())
    if claimed is None:
        raise BadInput(
            f"{name}: only Markdown (.md), plain text (.txt) and PDF (.pdf) files can be read", filename=name
        )
    if not content.strip():
        raise BadInput(f"{name}: the file is empty", filename=name)
    if len(content) > MAX_BYTES:
        raise BadInput(
            f"{name}: {len(content):,} bytes are more than the {MAX_BYTES:,} that can be read", filename=name
        )
    problem = _pdf_problem(content) if claimed == "pdf" else _text_problem(content)
    if problem:
        raise BadInput(f"{name}: {problem}", filename=name)
    return claimed


def _pdf_problem(content: bytes) -> str:
    """Why these bytes are not an honest PDF, or nothing."""
    if not content.startswith(b"%PDF-"):
        found = _detect_signature(content)
        return f"named .pdf, but it is {found}" if found else "named .pdf, but its content is not a PDF"
    if ZIP_END in content[-66_000:]:
        return "a PDF with a ZIP archive attached to it (a polyglot); export it again from its source"
    tail = content.rpartition(b"%%EOF")
    if tail[1] and len(tail[2].strip(b"\r\n\t \x00")) > 1_024:
        return "a PDF with something else appended to it (a polyglot); export it again from its source"
    return ""


def _text_problem(content: bytes) -> str:
    """Why these bytes are not a text, or nothing."""
    found = _detect_signature(content)
    if found:
        return f"named as text, but it is {found}"
    if ZIP_END in content[-66_000:] and b"PK\x01\x02" in content:
        return "a text with a ZIP archive attached to it (a polyglot)"
    if HIDDEN_PDF.search(content[:1_024]) and b"%%EOF" in content:
        return "a text with a PDF hidden in it (a polyglot); upload one of the two"
    return ""


def _detect_signature(content: bytes) -> str:
    """What the first bytes say it is, when they say anything."""
    return next((what for mark, what in SIGNATURES if content.startswith(mark)), "")


def decode_text(content: bytes, name: str = "the file") -> str:
    """The text of UTF-8 (with or without a mark) and of marked UTF-16 and UTF-32, with plain line ends; BadInput
    otherwise.
    """
    encoding = next((codec for mark, codec in BYTE_ORDER_MARKS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as wrong:
        raise BadInput(
            f"{name}: not {encoding.upper()} text (byte {wrong.start + 1}); save it as UTF-8",
            filename=name,
            byte=wrong.start + 1,
        ) from wrong
    if "\x00" in text:
        raise BadInput(
            f"{name}: contains NUL characters, so it is not a text (or UTF-16 without a byte order mark); save it as"
            " UTF-8",
            filename=name,
        )
    controls = sum(1 for mark in text if mark < " " and mark not in "\t\n\r\f\v\x1b")
    if controls * 100 > len(text):
        raise BadInput(f"{name}: {controls} control characters, so it is not a text", filename=name)
    if len(text) > MAX_CHARACTERS:
        raise BadInput(
            f"{name}: {len(text):,} characters are more than the {MAX_CHARACTERS:,} that can be read", filename=name
        )
    if _is_markup(text):
        raise BadInput(f"{name}: this is HTML, XML or SVG, not Markdown; paste its text into a .md file", filename=name)
    return with_plain_lines(text)


def _is_markup(text: str) -> bool:
    """Whether it begins like a page, a drawing or a script, also behind comments."""
    rest = text.lstrip()
    while rest.startswith("<!--") and "-->" in rest:
        rest = rest.partition("-->")[2].lstrip()
    return bool(MARKUP.match(rest))


def with_plain_lines(text: str) -> str:
    """Normalised text whose lines end in one newline, so that line numbers mean the same everywhere."""
    return re.sub(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]", "\n", normal_text(text))


class DocumentParser:
    """Turns an uploaded file into text parts with their places. Implements the Parser port."""

    def __init__(self, *, wall_seconds: float = WALL_SECONDS, python: str = sys.executable) -> None:
        self._wall_seconds = wall_seconds
        self._python = python

    def format(self, filename: str, content: bytes) -> str:
        """What the file is: md, txt or pdf; BadInput when name and content disagree."""
        return detect_format(filename, content)

    def text(self, filename: str, content: bytes) -> list[tuple[str, Untrusted]]:
        """(location, text) parts: the whole of a text file, or each page of a PDF that has words."""
        kind = detect_format(filename, content)
        name = PurePath(filename.replace("\\", "/")).name
        if kind == "pdf":
            return self._pages(name, content)
        text = decode_text(content, name)
        if not text.strip():
            raise BadInput(f"{name}: the file is empty", filename=name)
        return [(f"lines 1-{len(text.splitlines())}", Untrusted(text))]

    def _pages(self, name: str, content: bytes) -> list[tuple[str, Untrusted]]:
        """The pages of a PDF, read by a fresh interpreter that can be killed."""
        command = [self._python, "-I", "-B", str(PDF_WORKER)]
        try:
            done = subprocess.run(  # noqa: S603 (fixed command)
                command, input=content, capture_output=True, timeout=self._wall_seconds, check=False, env={}
            )
        except subprocess.TimeoutExpired as slow:
            raise BadInput(
                f"{name}: reading this PDF took longer than {self._wall_seconds:.0f} seconds; it was given up",
                filename=name,
            ) from slow
        answer = _box_answer(done.stdout) if done.returncode == 0 else None
        if answer is None:
            raise BadInput(
                f"{name}: this PDF is damaged or asks for too much memory or time; it was not read", filename=name
            )
        if "error" in answer:
            raise BadInput(f"{name}: {answer['error']}", filename=name)
        parts = [(f"page {number}", Untrusted(with_plain_lines(str(text)))) for number, text in answer.get("pages", [])]
        readable = [(place, text) for place, text in parts if text.strip()]
        if not readable:
            raise BadInput(f"{name}: no text in this PDF (a scan?); run text recognition on it first", filename=name)
        return readable


def _box_answer(output: bytes) -> dict[str, list[tuple[int, str]]] | None:
    """What the box printed, or None when it is not an answer."""
    try:
        answer = json.loads(output)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None
