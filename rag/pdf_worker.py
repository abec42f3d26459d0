"""The box: a script of its own that reads one PDF from its input and prints its text as JSON, under limits of the
system.

Run as `python -I pdf_worker.py`. It imports pypdf and nothing of this product, so that a hostile file meets as little
as possible. Whatever goes wrong ends the process; the caller turns that into a sentence.
"""

import json
import logging
import sys
from typing import TypedDict

MEMORY_BYTES = 512 * 1024 * 1024
CPU_SECONDS = 15
PAGES = 500
CHARACTERS = 5_000_000


class Answered(TypedDict, total=False):
    """What the worker tells its parent: numbered pages, or why there are none."""

    pages: list[tuple[int, str]]
    error: str


def limit_resources() -> None:
    """Cap memory and processor time, where the system can."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def read_pdf(content: bytes) -> Answered:
    """The numbered pages, or the reason why there are none."""
    import io

    import pypdf
    from pypdf.errors import PyPdfError

    try:
        reader = pypdf.PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted:
            return {"error": "this PDF is encrypted; remove the password and upload it again"}
        count = len(reader.pages)
        if count > PAGES:
            return {
                "error": f"{count:,} pages are more than the {PAGES} that can be read; upload the part that matters"
            }
        return _extract_pages(reader)
    except PyPdfError:
        return {"error": "this PDF is damaged; open it, save it again and upload that"}
    except MemoryError:
        return {"error": "this PDF asks for more memory than a runbook may"}


def _extract_pages(reader: object) -> Answered:
    """Text page by page, until there is too much of it."""
    pages: list[tuple[int, str]] = []
    total = 0
    for number, page in enumerate(reader.pages, start=1):  # type: ignore[attr-defined]  # pypdf is imported after the limits are set
        text = page.extract_text()
        total += len(text)
        if total > CHARACTERS:
            return {"error": f"more than {CHARACTERS:,} characters of text; upload the part that matters"}
        pages.append((number, text))
    return {"pages": pages}


def main() -> None:
    """Read standard input, write one JSON object to standard output."""
    limit_resources()
    logging.disable(logging.CRITICAL)
    answer = read_pdf(sys.stdin.buffer.read())
    sys.stdout.buffer.write(json.dumps(answer).encode("ascii"))


if __name__ == "__main__":
    main()
