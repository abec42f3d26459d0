"""Every figure of the scorecard, and what each counts."""

from pydantic import Field

from app.domain.base import Value
from simulations.scoring.statistics import Amount, Calibration, Rate, Spread


class Figures(Value):
    """Every figure of a set of trials. What each counts stands with it."""

    found: Rate = Field(description="faults with an incident about them, of all cases")
    found_of_all: Rate = Field(description="of all faults that hurt anybody at all, those with an incident about them")
    found_visible: Rate = Field(
        description="of those that hurt anybody and that an oracle, who knows whom, where and since when, would see"
    )
    found_busy: Rate = Field(description="of those that touch at least ten events an hour")
    minutes_to_incident: Spread = Field(
        description="from the fifth affected event (0 when sooner), of all cases; never where none was opened"
    )
    incident_precision: Rate = Field(
        description="incidents that were the one about their fault, of all that were not merged"
    )
    duplicate_incidents: Rate = Field(
        description="further incidents about a fault that had one, of all that were not merged"
    )
    two_stay_two: Rate = Field(
        description="of pairs of faults in one world at one time, both visible to an oracle, those both found"
    )
    false_incidents: Rate = Field(
        description=(
            "incidents mostly of signals that no fault caused, of these and the faults met: duplicates dilute nothing"
        )
    )
    false_per_healthy_day: Amount = Field(
        description="false incidents while no fault was active, per day of such time of 200 merchants"
    )
    decoy_incidents_per_day: Amount = Field(description="incidents about what the world had labelled harmless before")
    thin_per_day: Amount = Field(description="incidents opened on one severe signal alone, about nothing")
    watch_rows_per_day: Amount = Field(description="departures watched that asked nobody anything")
    diagnosis: Rate = Field(description="cases answered rightly: the cause first, or an uncatalogued one left open")
    cause_top1: Rate = Field(description="cause ranked first, of all catalogued cases; a missed one is wrong")
    cause_top1_end: Rate = Field(description="the same by what is said at the end")
    cause_top3: Rate = Field(description="cause among the first three, of all catalogued cases")
    cause_precision: Rate = Field(
        description=(
            "incidents whose first-ranked cause is that of their fault, of all that stand and name one; duplicates are"
            " wrong"
        )
    )
    abstention: Rate = Field(
        description="uncatalogued cases assessed with unknown first or no cause above 0.5; a missed one is wrong"
    )
    needless_abstention: Rate = Field(
        description="catalogued cases left open though the cause was not ranked first, of all catalogued cases"
    )
    forbidden_named: Rate = Field(
        description="worlds in which an incident ranked a forbidden cause first, of all that have such causes"
    )
    scope_precision: Rate = Field(
        description=(
            "merchants named who are ill or exposed, of all namings in incidents about faults, duplicates included"
        )
    )
    scope_recall: Rate = Field(description="merchants rightly named, of all that a case had hurt by then")
    scope_precision_end: Rate = Field(description="the same at the end")
    scope_recall_end: Rate = Field(description="the same at the end")
    silent_found: Rate = Field(description="merchants rightly named, of the hurt ones of whom nobody wrote")
    next_precision: Rate = Field(description="of those named as next to break, who truly fall ill when they move")
    next_recall: Rate = Field(description="of those who will fall ill when they move, who are named so")
    rule_exact: Rate = Field(
        description="faults whose description is the true one, of those whose attributes the directory tells"
    )
    rule_claimed_hidden: Rate = Field(description="faults described by attributes, of those the directory hides")
    revenue_error: Spread = Field(
        description="relative, per case and currency it cost; never where nothing was estimated"
    )
    revenue_covered: Rate = Field(description="true losses inside the interval, of the same")
    revenue_covered_end: Rate = Field(description="the same at the end")
    revenue_width: Spread = Field(description="width of the interval against the true loss")
    bills_for_nothing: Rate = Field(
        description=(
            "estimates of losses that nobody had, or that another incident bills too, of all estimates above zero"
        )
    )
    wrong_proposed: Rate = Field(
        description=(
            "useless, harmful, too early or too late, of all proposals that change anything; a right one repeated"
            " counts once"
        )
    )
    wrong_proposed_per_day: Amount = Field(description="the same, per day of 200 merchants")
    wrong_executed_rubber_stamp: Rate = Field(
        description="of the changes carried out under the operator who approves everything"
    )
    wrong_executed_automatic: Rate = Field(
        description="of the changes carried out because a rule allowed them, in all trials"
    )
    repaired: Rate = Field(
        description="cases over, cured and VERIFIED, of all that a tool cures and an operator was there for"
    )
    repaired_testable: Rate = Field(
        description=(
            "the same, of those that were found and rightly diagnosed while at least ten affected events were still to"
            " come, by which a cure could show"
        )
    )
    treated_in_time: Rate = Field(
        description=(
            "merchants treated within two hours of the grant, of the exposed ones who are ill by then and whom the"
            " directory shows to be within the rule; where its first cohort was judged within 40 minutes"
        )
    )
    all_treated_in_time: Rate = Field(description="faults of which at least 95 % were, of the same")
    unlisted_in_time: Rate = Field(
        description="the same of those whom it does not show, and where something had failed by then"
    )
    minutes_to_judge_canary: Spread = Field(
        description="from sending a cure to the first of its merchants until its receipt said how it went"
    )
    minutes_to_verified: Spread = Field(description="from detection to cured and VERIFIED, of the same")
    false_verified: Rate = Field(
        description="VERIFIED without a cure, of all VERIFIED that change anything, in all trials"
    )
    harm_undone: Rate = Field(description="taken back, of the harmful changes carried out, in all trials")
    harm_at_one: Rate = Field(description="of the same, those that reached one merchant at most")
    calibration: Calibration = Field(
        description=(
            "first-ranked confidence against truth: each found case, and the surest false incident of each world"
        )
    )
    asked_per_incident: Amount = Field(description="decisions asked of people")
    asked_per_day: Amount = Field(description="decisions asked of people, per day of 200 merchants")
