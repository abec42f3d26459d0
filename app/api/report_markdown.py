"""A report as Markdown, to paste into a ticket or a wiki. What others wrote stays text: marks that steer Markdown, HTML
or links are taken the meaning of.
"""

import re

from app.api.report import Report, ReportSection, Table

_STEERING = re.compile(r"([\\`*\[\]<>|~]|(?<!\w)_|_(?!\w))")
_LINK = re.compile(r"(?i)(https?|ftp|mailto)(:)|\b(www)(\.)")


def render_report(report: Report) -> str:
    """The report; headings, lists and tables that every Markdown knows."""
    parts = [f"# {escape_text(report.title)}", escape_text(report.subtitle), *map(_render_section, report.sections)]
    return "\n\n".join(parts) + "\n"


def escape_text(text: str) -> str:
    """A text that is shown as it is written, whatever it holds."""
    quiet = _STEERING.sub(r"\\\1", text)
    return _LINK.sub(lambda found: f"{found[1] or found[3]}\\{found[2] or found[4]}", quiet)


def _render_section(section: ReportSection) -> str:
    parts = [f"{'#' * section.level} {escape_text(section.title)}"]
    if section.lines:
        parts.append("\n".join(f"- {escape_text(line)}" for line in section.lines))
    if section.table is not None and section.table.rows:
        parts.append(_render_table(section.table))
    return "\n\n".join(parts)


def _render_table(table: Table) -> str:
    rows = [table.heads, tuple("---" for _ in table.heads), *table.rows]
    head, rule, *body = (f"| {' | '.join(escape_text(cell) for cell in row)} |" for row in rows)
    return "\n".join([head, rule, *body])
