"""What the agent itself records in English is said in the other languages: every number and name, and no English."""

import re

import pytest

from app.wording.titles import Titles

NOTHING_TOLD = Titles()
ENGLISH = re.compile(
    r"\b(the|of|with|and|is|are|were|that|this|by|have|been|it|its|from|not|seen|would|expected|after|before|merchants?)\b",
    re.IGNORECASE,
)
NUMBER = re.compile(r"\d+(?:\.\d+)?")
RECORDED = (
    "Treated merchants: 12.0 errors an hour before, 0.5 after. Others: 3.0 errors an hour before, 3.1 after."
    " 1 seen, 24.0 expected without the action: the promise was kept. Verified for 3 of 5, 2 not testable: too little"
    " comes from them.",
    "20 seen, 24.0 expected without the action (4 at the 7 whose turn has not come): the promise was not kept.",
    "The promise was kept on the whole, but not for MERCH-1, MERCH-2.",
    "It moved to another error: 2 seen, 9.5 expected, but 14 new failures of other kinds at the same endpoints.",
    "It recovered on its own: 2 seen where 9.0 were expected, but the untreated recovered likewise (3 seen, 8.0"
    " expected), so the action is not credited with it.",
    "Too little to tell: 2 seen, 3.0 expected without the action. About 40 more minutes are needed.",
    "The treated merchants have been silent since, and silence is not recovery.",
    "Executed, but it did not help",
    "Too early to tell: about 12 more minutes are needed",
    "TCK-17 can be read back.",
    "No reference cannot be read back yet.",
    "Its confidence of 21% is below 40%, too little to treat it.",
    "It was tried (ACT-1) and ended INEFFECTIVE.",
    "rotate_token was already tried for this cause on this incident (ACT-1) and ended INEFFECTIVE.",
    "An earlier incident with this cause (INC-1) ended VERIFIED; that moves the score by +0.40.",
    "class of change: merchant setting (+0.15)",
    "the tool is declared medium risk at least",
    "About 120.00 EUR is at stake, more than 100.00 EUR: two different people must approve it.",
    "3 distinct failed checkout attempts x 0.7 that would have become an order; over 1.50 hours; the interval is the"
    " 95 % range of a count",
    "12.0 orders expected by who came and what others sold, 7.5 seen; the interval holds the loss nine times in ten",
    "No cutover date is known for 5 merchants",
    "2 of 5 merchants to be cut over: whoever is on the platform: errors: breaks now at others like it (INC-1)",
    "newer evidence joined its incident after it was proposed (withdraw.newer_evidence)",
    "errors at /pay: taken for unknown with confidence 0.40; nothing was proposed; ended INEFFECTIVE.",
    "48 payments took money and have no order: 2,352.00 EUR.",
)


@pytest.mark.parametrize("language", ["de", "fr", "es"])
@pytest.mark.parametrize("recorded", RECORDED)
def test_what_the_agent_records_is_said_in_the_language_of_whoever_asks(language: str, recorded: str) -> None:
    told = NOTHING_TOLD.word_text(language, recorded)
    assert told != recorded and sorted(NUMBER.findall(told)) == sorted(NUMBER.findall(recorded))
    bare = re.sub(r"\S*[/_.]\w\S*", " ", told)
    own = {"es": ("es",), "de": ("es",), "fr": ("est",)}[language]
    assert [word for word in ENGLISH.findall(bare) if word.casefold() not in own] == [], told
    assert NOTHING_TOLD.word_text("en", recorded) == recorded


def test_what_a_person_wrote_stays_as_it_was_in_quotation_marks() -> None:
    said = "A person refused it with the same evidence (ACT-1): not before the weekend; it is low"
    told = NOTHING_TOLD.word_text("de", said)
    assert told == "Ein Mensch hat es bei gleicher Beweislage abgelehnt (ACT-1): „not before the weekend; it is low“"
