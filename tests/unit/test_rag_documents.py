"""What is let in: honest text and PDF, and a sentence for everything else."""

import io
import random
import zlib

import pytest
from pypdf import PdfReader, PdfWriter
from reportlab.pdfgen import canvas

from app.domain.errors import BadInput
from rag.documents import DocumentParser, decode_text, detect_format

PARSER = DocumentParser()


def pdf(*pages: str) -> bytes:
    out = io.BytesIO()
    sheet = canvas.Canvas(out, invariant=1)
    for text in pages:
        for row, line in enumerate(text.split("\n")):
            sheet.drawString(72, 720 - 14 * row, line)
        sheet.showPage()
    sheet.save()
    return out.getvalue()


def raw_pdf(content: bytes, pages: int = 1) -> bytes:
    """A PDF written by hand whose pages share one deflated content stream."""
    packed = zlib.compress(content, 9)
    kids = " ".join(f"{4 + number} 0 R" for number in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode(),
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed),
        *[b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] /Contents 3 0 R >>"] * pages,
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        table,
        len(objects) + 1,
        len(out),
    )


def test_a_pdf_gives_its_text_page_by_page():
    parts = PARSER.text("guide.pdf", pdf("Callback must be HTTPS\nsecond line", "Webhooks moved"))
    assert [place for place, _ in parts] == ["page 1", "page 2"]
    assert "Callback must be HTTPS" in parts[0][1] and "Webhooks moved" in parts[1][1]


def test_text_comes_whole_with_plain_line_ends():
    assert PARSER.text("a.md", b"# Title\r\n\r\nbody\r") == [("lines 1-3", "# Title\n\nbody\n")]
    assert PARSER.text("a.txt", "naïve £".encode()) == [("lines 1-1", "naïve £")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_marked_unicode_is_decoded(encoding):
    assert decode_text("Größe 数 ✓".encode(encoding)) == "Größe 数 ✓"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("run.md", b"\x7fELF\x02\x01\x01" + b"\x00" * 60, "ELF"),
        ("run.pdf", b"\x7fELF\x02\x01\x01" + b"\x00" * 60, "ELF"),
        ("page.md", b"<!DOCTYPE html><html><body>hi</body></html>", "HTML"),
        ("page.md", b"\xef\xbb\xbf\n<!-- note --><!-- more -->\n<HTML lang=en>", "HTML"),
        ("drawing.txt", b"<?xml version='1.0'?><svg onload='x()'/>", "HTML"),
        ("page.pdf", b"<html>%PDF-1.4</html>", "not a PDF"),
        ("archive.txt", b"PK\x03\x04rest", "ZIP"),
        ("notes.txt", pdf("hello"), "PDF"),
        ("both.md", b"# Notes\n" + pdf("hello"), "polyglot"),
        (
            "both.pdf",
            pdf("hello") + b"PK\x03\x04" + b"x" * 40 + b"PK\x01\x02" + b"PK\x05\x06" + b"\x00" * 18,
            "polyglot",
        ),
        ("both.pdf", pdf("hello") + b"MZ" + b"x" * 2_000, "polyglot"),
        ("latin.txt", "Größe".encode("latin-1"), "save it as UTF-8"),
        ("wide.txt", "plain".encode("utf-16-le"), "NUL"),
        ("odd.txt", b"\x01\x02\x03\x04 text", "control"),
        ("half.txt", b"\xff\xfea", "UTF-16"),
        ("empty.md", b" \n ", "empty"),
        ("macro.docx", b"PK\x03\x04", "only Markdown"),
        ("noextension", b"text", "only Markdown"),
        ("broken.pdf", b"%PDF-1.4\nnothing of the kind", "damaged"),
    ],
)
def test_what_is_not_what_it_says_is_refused_with_a_sentence(name, content, says):
    with pytest.raises(BadInput) as refused:
        PARSER.text(name, content)
    assert says in str(refused.value) and str(refused.value).startswith(name)


def test_markdown_may_speak_of_html_and_pdf():
    text = "# Exports\n\n<p align=center>logo</p>\n\nA file begins with `%PDF-1.7`.\n\n<header> is a tag.\n"
    assert PARSER.text("a.md", text.encode())[0][1] == text
    assert detect_format("up/../A.MD", text.encode()) == "md"


def test_an_encrypted_pdf_is_refused():
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("secret"))))
    writer.encrypt("password", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    with pytest.raises(BadInput, match="encrypted"):
        PARSER.text("locked.pdf", out.getvalue())


def test_a_scan_without_text_is_refused():
    with pytest.raises(BadInput, match="no text in this PDF"):
        PARSER.text("scan.pdf", pdf("", ""))


def test_too_many_pages_are_refused():
    with pytest.raises(BadInput, match="501 pages"):
        PARSER.text("long.pdf", raw_pdf(b"BT ET", pages=501))


def test_a_bomb_ends_in_a_sentence():
    bomb = raw_pdf(b"BT (" + b" " * 300_000_000 + b") Tj ET")
    assert len(bomb) < 1_000_000
    with pytest.raises(BadInput):
        PARSER.text("bomb.pdf", bomb)


def test_a_reader_that_does_not_come_back_is_killed():
    with pytest.raises(BadInput, match="took longer than 0 seconds"):
        DocumentParser(wall_seconds=0.01).text("slow.pdf", pdf("hello"))


def test_damaged_pdfs_end_in_text_or_in_a_sentence():
    seed = random.randrange(2**32)
    print("seed", seed)
    chance, whole = random.Random(seed), pdf("The callback must be HTTPS", "page two")
    for turn in range(6):
        damaged = bytearray(whole)
        if turn % 2:
            damaged = damaged[: chance.randrange(20, len(damaged))]
        else:
            for _ in range(10):
                damaged[chance.randrange(8, len(damaged))] ^= 1 << chance.randrange(8)
        try:
            assert PARSER.text("x.pdf", bytes(damaged))
        except BadInput as refused:
            assert str(refused).startswith("x.pdf: ")
