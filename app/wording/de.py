"""The sentences of answers in German."""

from typing import Final

SENTENCES: Final = {
    "a_document": (
        "{name} gehört zum Runbook '{title}' ({trust}), das kein Vorfall ist; fragen lässt sich nach einem "
        "Vorfall, der es nennt."
    ),
    "abilities": (
        "Ich antworte aus dem, was verzeichnet ist: warum etwas vorgeschlagen ist, wer betroffen ist, was es "
        "kostet, was von wem getan wurde; ich kenne {causes} Ursachen und {tools} Werkzeuge."
    ),
    "abilities_limits": "Hier ändere ich nichts: freigegeben und abgelehnt wird auf der Karte einer Aktion.",
    "actions_counted": "{waiting} von {total} Aktionen warten auf eine Antwort; {done} wurden ausgeführt.",
    "affected": "{count} Händler sind betroffen: {names}.",
    "affected_one": "1 Händler ist betroffen: {names}.",
    "against": "Dagegen spricht: {fact}",
    "against_cause": "Gegen '{title}' ({confidence}) spricht: {fact}",
    "all_ordered": "Eine Zahlung ohne Bestellung ist nicht bekannt.",
    "alone": "{count} Aktion(en) wurden ausgeführt, weil eine Regel sie erlaubt, ohne jemanden zu fragen.",
    "alone_one": "{title} ({id}) um {at} UTC, erlaubt von {by}: {status}.",
    "alternative": "{name}: {why}.",
    "approved_by": "{by} hat {title} ({id}) um {at} UTC freigegeben; Stand {status}.",
    "attempt": "{title} ({id}, {tool}): {status}, {at} UTC.",
    "back_done": "{id} wurde um {at} UTC zurückgenommen: {why}.",
    "back_open": "{id} soll zurückgenommen werden ({why}); das ist bisher {status}.",
    "back_since_harm": "es hat geschadet",
    "back_since_unhelped": "es hat nicht geholfen",
    "back_since_word": "{by} wollte es so: {reason}",
    "breaks_next": "{count} Händler sind noch gesund, haben aber gemeinsam, was die Betroffenen haben: {names}.",
    "can_undo": "Es lässt sich zurücknehmen: {undo} ({tool}).",
    "cannot_undo": "'{title}' lässt sich nicht zurücknehmen.",
    "cause_is": "Die beste Erklärung ist: {title} ({confidence}).",
    "cause_unknown": "Keine bekannte Ursache passt; dass es etwas anderes ist, hat {confidence}.",
    "changes": "Seit {since} UTC gab es {count} Änderungen, die neueste zuerst.",
    "changes_nothing": (
        "Der Chat ändert nichts. Freigegeben und abgelehnt wird auf der Karte der Aktion, wo ihre genaue Anfrage steht."
    ),
    "check_asked": "{ask} ({minutes} Minuten; {outcomes})",
    "compare_two": "Zum Vergleich braucht es zwei Vorfälle, etwa INC-1 mit INC-2.",
    "covered": "Das Runbook „{title}“ behandelt es unter „{section}“ ({location}).",
    "decided_action": "{at}: {by} hat über {id} entschieden: {title} (jetzt {status}).",
    "denied": "Nach '{title}' wird gar nicht gefragt: die Richtlinie verbietet es (Stand: {status}).",
    "earlier": "{id} hatte dieselbe Ursache und endete mit {outcome} ({at}): {summary}",
    "ended_incident": "{at}: {id} endete ({status}): {title}.",
    "fact": "{fact}",
    "first_check": "Die günstigste nächste Prüfung: {check}.",
    "first_sign": "Das erste Zeichen wurde gesehen um {since}.",
    "gone": "Ein Satz fehlt: der Beleg dafür ist nicht mehr da ({ids}).",
    "hangs_on": (
        "Die Entscheidung hängt an {count} Tatsachen: {facts}. Ohne sie {instead}, denn am wahrscheinlichsten "
        "wäre {cause} ({confidence})."
    ),
    "hangs_on_one": (
        "Die Entscheidung hängt an einer Tatsache: {facts}. Ohne sie {instead}, denn am wahrscheinlichsten wäre "
        "{cause} ({confidence})."
    ),
    "headline": "{headline}.",
    "hello": "Hallo. Frag mich, warum etwas vorgeschlagen ist, wer betroffen ist oder was es kostet.",
    "how_to": "Freigegeben und abgelehnt wird auf der Karte einer Aktion (Seite Inbox), wo ihre genaue Anfrage steht.",
    "how_to_add": "Runbooks werden auf der Seite Knowledge hochgeladen; wer was tat, steht auf der Seite Audit.",
    "how_to_stop": "Der Knopf Stop oben auf jeder Seite hält jedes Senden an, bis er gelöst wird.",
    "in_short": "{id} steht auf {status}: {title}; betroffene Händler: {merchants}, seit {since} UTC.",
    "in_short_action": "Dagegen vorgeschlagen: {title} ({id}), Stand {status}.",
    "in_short_cause": "Als Ursache gilt: {cause} ({confidence}).",
    "incidents_open": "{count} von {total} Vorfällen sind offen; der teuerste kommt zuerst.",
    "is_best": "Es ist die beste Erklärung, die wir haben: {title} ({confidence}).",
    "it_is_proposed": "Genau das ist vorgeschlagen: {title}.",
    "its_card": "Die Karte ist die von {id}: {title}; sie wartet auf eine Antwort.",
    "later_check": "Danach: {check}.",
    "likeliest": "Die wahrscheinlichste bekannte Ursache ist {cause} mit {confidence}: {title}.",
    "looked_at_again": "; es wird noch einmal nachgesehen",
    "measured": (
        "Die behandelten Händler hatten {before} Fehler in {before_minutes} Minuten davor und {after} in "
        "{after_minutes} danach."
    ),
    "merchant_hit": "{name} ist betroffen von {id} ({status}): {title}.",
    "merchant_sound": "{name} ist nicht betroffen: kein Vorfall nennt es.",
    "merchant_stands": "{name} ist in {stage} (Welle {wave}, Umstellung {day}).",
    "merchant_was_hit": "{name} ist jetzt nicht betroffen; es war in {id}, jetzt {status}.",
    "migration_stands": "{count} Händler sind bekannt: {stages}.",
    "moved_on": "Das ist, was damals bekannt war; seit {at} UTC steht {id} auf {status}.",
    "never_before": "Es ist nichts verzeichnet, das früher wie {id} war.",
    "new_action": "{at}: {id} wurde vorgeschlagen: {title} (jetzt {status}).",
    "new_incident": "{at}: {id} wurde eröffnet: {title}.",
    "next_approved": "es ist freigegeben und wird gesendet",
    "next_ended": "es endete mit {status}",
    "next_executed": "es wurde ausgeführt; ob es geholfen hat, wird als Nächstes gemessen",
    "next_in_doubt": "niemand weiß, ob es wirkte; ein Mensch muss es sagen",
    "next_measured": "es wurde ausgeführt. {words}{again}",
    "next_not_applied": "es wurde nur gezeigt (Probelauf); nichts wurde geändert",
    "next_pending": "es wartet darauf, dass ein Mensch es auf seiner Karte freigibt oder ablehnt",
    "next_proposed": "die Richtlinie hat noch nicht darüber entschieden",
    "next_sending": "es wird gerade gesendet",
    "next_step": "{title} ({id}): {step}.",
    "no_action_id": "Eine Aktion {name} gibt es hier nicht.",
    "no_action_waits": "Der Vorfall steht auf {status}; keine Maßnahme wartet.",
    "no_amount": (
        "Ein Betrag lässt sich nicht nennen: der mittlere Bestellwert der Betroffenen ist nicht bekannt, oder "
        "kein Verkauf ist gesehen gescheitert."
    ),
    "no_case": "Über diesen Vorfall wurde noch nichts geschlossen.",
    "no_changes": "Seit {since} UTC hat sich nichts geändert.",
    "no_check": "Keine bekannte einzelne Prüfung würde die Reihenfolge stark ändern.",
    "no_check_but": "Keine einzelne Prüfung lohnt das Warten; bisher nicht gesehen: {missing}.",
    "no_document": "Ein Dokument oder einen Abschnitt {name} gibt es hier nicht.",
    "no_evidence": "Ein Satz fehlt: dafür ist kein Beleg verzeichnet.",
    "no_evidence_id": "Einen Beleg {name} gibt es hier nicht.",
    "no_incident_id": "Einen Vorfall {name} gibt es hier nicht.",
    "no_known_cause": "keine bekannte Ursache",
    "no_merchant": "Einen Händler {name} gibt es hier nicht.",
    "no_proposal": "Für diesen Vorfall wurde noch keine Maßnahme vorgeschlagen.",
    "no_reason": "kein Grund verzeichnet",
    "no_receipt": "Es gibt keinen Beleg: noch wurde nichts ausgeführt und gemessen.",
    "no_rule": "keine Regel",
    "no_runbook": "Kein Runbook behandelt diesen Vorfall.",
    "no_signal_id": "Ein Signal {name} gibt es hier nicht.",
    "no_tool": "kein Werkzeug",
    "no_wave": "Eine Welle {wave} gibt es hier nicht; bekannt: {waves}.",
    "nobody_asked": "Über '{title}' musste niemand gefragt werden: die Richtlinie erlaubt es (Stand: {status}).",
    "nobody_decided": "Niemand hat '{title}' ({id}) bisher freigegeben oder abgelehnt: Stand {status}.",
    "approved_first": "{by} hat als Erste oder Erster von zwei Personen zugestimmt; es fehlt noch eine andere.",
    "nobody_next": "Von keinem gesunden Händler ist bekannt, dass er teilt, was die Betroffenen haben.",
    "none_named": "keiner ist genannt",
    "not_carried_out": "Es wurde nicht ausgeführt: {title} ({id}) steht auf {status}.",
    "not_measured": "Es wurde ausgeführt, aber die Wirkung ist noch nicht gemessen; ausgeführt heißt nicht behoben.",
    "not_ranked": "nicht unter den erwogenen",
    "not_seen_for": "'{title}' hat {confidence}; dafür nicht gesehen: {missing}.",
    "not_understood": "Die Frage wurde nicht verstanden. Fragen kann man: {kinds}",
    "not_waiting": "{id} wartet nicht auf eine Antwort: Stand {status}.",
    "nothing_about": "Über '{subject}' ist bei diesem Vorfall nichts verzeichnet.",
    "nothing_against": "Nichts, was gesehen wurde, spricht dagegen.",
    "nothing_alone": (
        "Nichts wurde ohne einen Menschen ausgeführt: von {count} gesendeten Aktionen hat keine eine Regel allein"
        " erlaubt."
    ),
    "nothing_proposed": "Es wurde keine Maßnahme vorgeschlagen: {title}.",
    "nothing_to_explain": "Es gibt keinen Vorfall zu erklären.",
    "nothing_to_undo": "Bisher wurde nichts ausgeführt, also ist nichts zurückzunehmen (Stand: {status}).",
    "nothing_tried": "An {id} wurde bisher nichts versucht.",
    "one_action": "{title} ({id}, von {incident}): {status}.",
    "one_incident": "{id} ({status}, Händler: {merchants}): {title}.",
    "one_request": "{method} {url} mit {body}, für {merchants}.",
    "counted_until": "Gezählt ist dies bis {at} UTC; {id} dauert an, und seine Seite zählt bis jetzt.",
    "orders_lost": "Bisher etwa {middle} Bestellungen verloren (zwischen {low} und {high}): {basis}.",
    "orders_lost_one": "Bisher etwa {middle} Bestellung verloren (zwischen {low} und {high}): {basis}.",
    "paid_exactly": "Genau {count} davon wurden bezahlt, ohne dass es eine Bestellung gibt: {amount}.",
    "paid_exactly_one": "Genau {count} davon wurde bezahlt, ohne dass es eine Bestellung gibt: {amount}.",
    "passage_covers": "„{title}“, „{section}“ ({location}) behandelt das.",
    "people_asked": (
        "Über '{title}' werden Menschen gefragt: die Richtlinie erlaubt es nicht ohne sie (Stand: {status})."
    ),
    "people_called": "würden Menschen gerufen",
    "perhaps_next": "Noch gesund, aber ähnlich, darum vielleicht die Nächsten: {names}.",
    "policy_version": "Entschieden wurde über '{title}' nach Version {version} der Richtlinien.",
    "premise_actions": (
        "Es sind nicht {said} Aktionen: {waiting} warten auf eine Antwort, {done} wurden ausgeführt,"
        " {total} sind bekannt."
    ),
    "premise_cause": "Als Ursache gilt nicht: {cause} ({confidence}).",
    "premise_incidents": "Es sind nicht {said} Vorfälle: {count} sind offen, {total} sind bekannt.",
    "premise_merchants": "Es sind nicht {said}: die Zahl der betroffenen Händler ist {count}.",
    "premise_money": "Es sind nicht {said}: der Verlust wird auf {middle} geschätzt ({low} bis {high}).",
    "premise_no_tool": "{wrong} wurde bei {id} weder vorgeschlagen noch getan; dort ist keine Aktion vorgeschlagen.",
    "premise_orders": "Es sind nicht {said} Bestellungen: etwa {middle} sind verloren ({low} bis {high}).",
    "premise_payments": "Es sind nicht {said}: die Zahl der Zahlungen ohne Bestellung ist {count}.",
    "premise_percent": "Es sind nicht {said} %: die Sicherheit ist {confidence}.",
    "premise_tool": (
        "{wrong} wurde bei {id} weder vorgeschlagen noch getan. Vorgeschlagen ist: {title} ({tool}, {status})."
    ),
    "promise_no_undo": "Was es verspricht: {promise}. Es lässt sich nicht zurücknehmen.",
    "promise_undo": "Was es verspricht: {promise}. Es lässt sich zurücknehmen: {undo}",
    "proposed_because": "{title} wurde vorgeschlagen, weil als Ursache gilt: {cause} (Sicherheit {confidence}).",
    "proposed_unsure": (
        "{title} wurde vorgeschlagen, weil keine bekannte Ursache sicher genug ist (Sicherheit {confidence})."
    ),
    "question_expires": "Die Frage steht bis {at} UTC; dann wird sie zurückgenommen, und nichts wird gesendet.",
    "quote": "„{text}“",
    "refusal_next": (
        "Bei Ablehnung wird nichts gesendet und bei gleichen Belegen nicht wieder gefragt; als Nächstes kommt {tool}."
    ),
    "refusal_people": (
        "Bei Ablehnung wird nichts gesendet und bei gleichen Belegen nicht wieder gefragt; der Vorfall geht an "
        "Menschen."
    ),
    "refused_by": "{by} hat {title} ({id}) um {at} UTC abgelehnt; niemand hat es freigegeben.",
    "repeats": "{id} wiederholt {earlier}.",
    "resolution": "Wie es endete: {resolution}",
    "revenue_lost": "Das sind etwa {middle} (zwischen {low} und {high}), oder {hourly} für jede Stunde Warten.",
    "risk": "Das Risiko ist {level}: {factors}.",
    "ruling": "Die Richtlinie sagt {verdict} ({rules}): {reasons}.",
    "runner_up": "An nächster Stelle steht: {title} ({confidence}).",
    "said_with_it": "Dazu gesagt: {feedback}",
    "sent_action": "{at}: {id} wurde ausgeführt: {title} (jetzt {status}).",
    "shared_merchants": "Händler in beiden: {count} ({names}).",
    "side": "Es ist {side}: {cause} ({confidence}).",
    "side_by_side": (
        "{id} ({status}, seit {since} UTC): {title}; Ursache: {cause}; Händler: {merchants}; je Stunde: {hourly}."
    ),
    "side_documentation": "eine Lücke der Dokumentation",
    "side_merchant": "ein Problem der Einstellungen der Händler",
    "side_migration": "ein Schritt der Migration, kein Fehler der Händler",
    "side_platform": "ein Problem der Plattform",
    "side_third_party": "ein Problem eines Dritten",
    "side_unknown": (
        "Wessen Problem es ist, lässt sich nicht sagen: keine bekannte Ursache passt ({confidence}, dass es etwas"
        " anderes ist)."
    ),
    "signal_alone": "Das Signal {name} gehört zu keinem Vorfall, also gibt es dazu nichts zu erklären.",
    "still_open": "{title} ({id}) steht auf {status}.",
    "subject_assumed": "Es wurde kein Vorfall genannt; es geht um {id}, der jetzt am meisten kostet.",
    "subject_changed": "Jetzt geht es um {new}, nicht mehr um {old}.",
    "sure": "Die Sicherheit ist {confidence}: {cause}.",
    "taken_back_by": "{title} ({id}) wurde von {by} um {at} UTC zurückgenommen: {status}.",
    "unconsidered_cause": "{cause}: nichts Gesehenes deutet darauf hin, darum wurde es hier nicht eingestuft.",
    "unconsidered_tool": "{tool} wurde hier nicht erwogen: es hilft bei {causes}, und das zeigen die Belege nicht.",
    "unconsidered_tool_plain": "{tool} wurde hier nicht erwogen: es ist kein Mittel gegen eine hier bekannte Ursache.",
    "unordered_one": "{id}: {count} Zahlung(en), {amount}.",
    "unordered_total": "{count} Zahlungen haben keine Bestellung.",
    "verdict": "{verdict}: {words}. {statement}",
    "verdict_allow": "erlauben",
    "verdict_ask": "fragen",
    "verdict_deny": "verbieten",
    "waiting_costs": "Jede Stunde Warten kostet etwa {amount}.",
    "waiting_unpriced": "Was Warten kostet, lässt sich nicht in Geld sagen: {basis}.",
    "was_sent": "{count} Anfrage(n) von {tool} wurden gesendet ({mode}).",
    "was_undone": "Es wurde schon zurückgenommen.",
    "wave_done": "Welle {wave} ist schon umgestellt.",
    "wave_go": "Welle {wave} kann umgestellt werden: nichts Bekanntes hält ihre {count} wartenden Händler auf.",
    "wave_line": "Welle {wave}: {stages}; {verdict}.",
    "wave_no_go": "Welle {wave} ist nicht bereit: {count} Händler warten ({names}).",
    "wave_reason": "Welle {wave}: {reason}.",
    "wave_stands": "Welle {wave} hat {stages}; Bereitschaft: {verdict}.",
    "which_merchant": "Welcher Händler? Es wurde kein Name erkannt.",
    "which_wave": "Keine Welle wartet auf ihre Umstellung; bekannt: {waves}.",
    "will_be_sent": (
        "Bei Freigabe werden {count} Anfrage(n) von {tool} gesendet ({mode}); bisher wurde nichts gesendet."
    ),
    "would_be_proposed": "würde {tool} vorgeschlagen",
}
"""By key; the braces are filled with recorded values."""
