"""A report as PDF, for those who file or print it. Latin text is set in a font that every reader has; other scripts in
the fonts that readers keep for them, so no name is lost and none can break the page.
"""

import io
import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from app.api.report import Report, ReportSection, Table

if TYPE_CHECKING:
    from reportlab.lib.styles import StyleSheet1
    from reportlab.platypus import Flowable

KOREAN, OTHERS = "HYSMyeongJo-Medium", "STSong-Light"
"""Fonts of which every reader has one: for Korean, and for Chinese, Japanese, Greek and Cyrillic."""
UNKNOWN_MARK = "?"
NARROWEST, WIDEST = 21, 60
"""How many characters a column is made for: an id never breaks, and a sentence takes no more than its share."""
_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]")
_RUNS = re.compile("[\u0100-\U0010ffff]+")
_LATIN = "\u2013\u2014\u2018\u2019\u201c\u201d\u2022\u2026\u20ac"
"""Marks beyond Latin-1 that the Latin font has."""
_BEYOND = re.compile("[\U00010000-\U0010ffff\u0590-\u08ff]")
"""What none of the fonts has: signs of the higher planes, and scripts that run from right to left."""


def render_pdf(report: Report) -> bytes:
    """The report as the bytes of a PDF."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.lib.units import mm
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.pdfmetrics import registerFont
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

    for name in (KOREAN, OTHERS):
        registerFont(UnicodeCIDFont(name))
    styles = getSampleStyleSheet()
    flow: list[Flowable] = [
        Paragraph(mark_up(report.title), styles["Title"]),
        Paragraph(mark_up(report.subtitle), styles["Normal"]),
        Spacer(1, 4 * mm),
    ]
    for section in report.sections:
        flow += _set_section(section, styles)
    sink = io.BytesIO()
    page = SimpleDocTemplate(
        sink,
        pagesize=A4,
        title=report.title,
        author="Causeway",
        leftMargin=18 * mm,
        rightMargin=18 * mm,
        topMargin=16 * mm,
        bottomMargin=16 * mm,
    )
    page.build(flow)
    return sink.getvalue()


def mark_up(text: str) -> str:
    """A text as the markup of a paragraph: nothing in it steers, and each script has its font."""
    known = _BEYOND.sub(UNKNOWN_MARK, text)
    for mark in ("\u2192", "\u2212", "\u2265", "\u2264"):
        known = known.replace(mark, {"\u2192": "->", "\u2212": "-", "\u2265": ">=", "\u2264": "<="}[mark])
    return _RUNS.sub(_in_font, escape(known))


def _in_font(run: "re.Match[str]") -> str:
    marks = run.group()
    if all(mark in _LATIN for mark in marks):
        return marks
    font = KOREAN if _HANGUL.search(marks) else OTHERS
    return f'<font name="{font}">{marks}</font>'


def _set_section(section: ReportSection, styles: "StyleSheet1") -> "list[Flowable]":
    from reportlab.platypus import Paragraph, Spacer

    heading = styles["Heading2"] if section.level < 3 else styles["Heading4"]
    flow: list[Flowable] = [Paragraph(mark_up(section.title), heading)]
    flow += [Paragraph(mark_up(line), styles["BodyText"]) for line in section.lines]
    if section.table is not None and section.table.rows:
        flow += [Spacer(1, 4), _set_table(section.table, styles)]
    return flow


def _set_table(table: Table, styles: "StyleSheet1") -> "Flowable":
    """A table as wide as the page; long cells break, long tables go on with their heads on the next page."""
    from reportlab.lib import colors
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.lib.units import mm
    from reportlab.platypus import LongTable, Paragraph

    small = ParagraphStyle("cell", parent=styles["BodyText"], fontSize=8, leading=10, wordWrap="CJK")
    cells = [[Paragraph(mark_up(cell), small) for cell in row] for row in (table.heads, *table.rows)]
    longest = [max(len(row[place]) for row in (table.heads, *table.rows)) for place in range(len(table.heads))]
    parts = [min(max(length, NARROWEST), WIDEST) for length in longest]
    wide = [174 * mm * part / sum(parts) for part in parts]
    drawn = LongTable(cells, colWidths=wide, repeatRows=1)
    drawn.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke),
            ("LINEBELOW", (0, 0), (-1, -1), 0.25, colors.lightgrey),
        ]
    )
    return drawn
