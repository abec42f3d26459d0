"""The sentences of answers in French."""

from typing import Final

SENTENCES: Final = {
    "a_document": (
        "{name} fait partie du runbook « {title} » ({trust}), qui n'est pas un incident ; demandez un incident "
        "qui le cite."
    ),
    "abilities": (
        "Je réponds d'après ce qui est enregistré : pourquoi une proposition, qui est touché, combien ça coûte, "
        "ce qui a été fait et par qui ; je connais {causes} causes et {tools} outils."
    ),
    "abilities_limits": "Je ne change rien ici : approuver et refuser se fait sur la carte d'une action.",
    "actions_counted": "{waiting} actions sur {total} attendent une réponse ; {done} ont été exécutées.",
    "affected": "{count} marchands sont touchés : {names}.",
    "affected_one": "1 marchand est touché : {names}.",
    "against": "Contre cela : {fact}",
    "against_cause": "Contre « {title} » ({confidence}) : {fact}",
    "all_ordered": "Aucun paiement sans commande n'est connu.",
    "alone": "{count} action(s) ont été exécutées parce qu'une règle les permet, sans demander à personne.",
    "alone_one": "{title} ({id}) à {at} UTC, permis par {by} : {status}.",
    "alternative": "{name} : {why}.",
    "approved_by": "{by} a approuvé {title} ({id}) à {at} UTC ; état {status}.",
    "attempt": "{title} ({id}, {tool}) : {status}, {at} UTC.",
    "back_done": "{id} a été annulé à {at} UTC : {why}.",
    "back_open": "{id} doit être annulé ({why}) ; pour l'instant c'est {status}.",
    "back_since_harm": "cela a nui",
    "back_since_unhelped": "cela n'a pas aidé",
    "back_since_word": "{by} l'a voulu : {reason}",
    "breaks_next": "{count} marchands sont encore sains mais partagent ce qu'ont les touchés : {names}.",
    "can_undo": "Cela peut être annulé : {undo} ({tool}).",
    "cannot_undo": "« {title} » ne peut pas être annulé.",
    "cause_is": "La meilleure explication est : {title} ({confidence}).",
    "cause_unknown": "Aucune cause connue ne convient ; que ce soit autre chose a {confidence}.",
    "changes": "Depuis {since} UTC il y a eu {count} changements, le plus récent d'abord.",
    "changes_nothing": (
        "La discussion ne change rien. Approuver et refuser se fait sur la carte de l'action, où figure sa "
        "requête exacte."
    ),
    "check_asked": "{ask} ({minutes} minutes ; {outcomes})",
    "compare_two": "Nommez deux incidents à comparer, comme INC-1 avec INC-2.",
    "covered": "Le runbook « {title} » en traite sous « {section} » ({location}).",
    "decided_action": "{at} : {by} a décidé de {id} : {title} (maintenant {status}).",
    "denied": "« {title} » n'est même pas demandé : la politique l'interdit (état : {status}).",
    "earlier": "{id} avait la même cause et s'est terminé par {outcome} ({at}) : {summary}",
    "ended_incident": "{at} : {id} s'est terminé ({status}) : {title}.",
    "fact": "{fact}",
    "first_check": "La vérification suivante la moins coûteuse : {check}.",
    "first_sign": "Le premier signe a été vu à {since}.",
    "gone": "Une phrase est omise : sa preuve n'est plus là ({ids}).",
    "hangs_on": (
        "La décision tient à {count} faits : {facts}. Sans eux {instead}, car le plus probable serait {cause} "
        "({confidence})."
    ),
    "hangs_on_one": (
        "La décision tient à un fait : {facts}. Sans lui {instead}, car le plus probable serait {cause} ({confidence})."
    ),
    "headline": "{headline}.",
    "hello": "Bonjour. Demandez-moi pourquoi une proposition, qui est touché, ou combien ça coûte.",
    "how_to": "Approuver et refuser se fait sur la carte d'une action (page Inbox), où figure sa requête exacte.",
    "how_to_add": "Les runbooks se déposent sur la page Knowledge ; qui a fait quoi figure sur la page Audit.",
    "how_to_stop": "Le bouton Stop en haut de chaque page retient tout envoi jusqu'à sa levée.",
    "in_short": "{id} est {status} : {title} ; marchands touchés : {merchants}, depuis {since} UTC.",
    "in_short_action": "Proposé contre cela : {title} ({id}), état {status}.",
    "in_short_cause": "Cause retenue : {cause} ({confidence}).",
    "incidents_open": "{count} incidents sur {total} sont ouverts ; le plus coûteux vient d'abord.",
    "is_best": "C'est la meilleure explication que nous ayons : {title} ({confidence}).",
    "it_is_proposed": "C'est exactement ce qui est proposé : {title}.",
    "its_card": "La carte est celle de {id} : {title} ; elle attend une réponse.",
    "later_check": "Ensuite : {check}.",
    "likeliest": "La cause connue la plus probable est {cause} avec {confidence} : {title}.",
    "looked_at_again": "; on y regarde de nouveau",
    "measured": (
        "Les marchands traités ont eu {before} échecs en {before_minutes} minutes avant et {after} en "
        "{after_minutes} après."
    ),
    "merchant_hit": "{name} est touché par {id} ({status}) : {title}.",
    "merchant_sound": "{name} n'est pas touché : aucun incident ne le nomme.",
    "merchant_stands": "{name} est en {stage} (vague {wave}, bascule {day}).",
    "merchant_was_hit": "{name} n'est pas touché maintenant ; il l'était dans {id}, désormais {status}.",
    "migration_stands": "{count} marchands sont connus : {stages}.",
    "moved_on": "C'est ce que l'on savait alors ; depuis {at} UTC {id} est {status}.",
    "never_before": "Rien d'enregistré ne ressemblait à {id} auparavant.",
    "new_action": "{at} : {id} a été proposé : {title} (maintenant {status}).",
    "new_incident": "{at} : {id} a été ouvert : {title}.",
    "next_approved": "elle est approuvée et sera envoyée",
    "next_ended": "cela s'est terminé par {status}",
    "next_executed": "elle a été exécutée ; on mesure ensuite si elle a marché",
    "next_in_doubt": "personne ne sait si elle a pris effet ; une personne doit le dire",
    "next_measured": "cela a été exécuté. {words}{again}",
    "next_not_applied": "elle a seulement été montrée (essai) ; rien n'a été changé",
    "next_pending": "elle attend qu'une personne l'approuve ou la refuse sur sa carte",
    "next_proposed": "la politique n'a pas encore statué",
    "next_sending": "elle est en cours d'envoi",
    "next_step": "{title} ({id}) : {step}.",
    "no_action_id": "Il n'y a pas d'action {name} ici.",
    "no_action_waits": "L'incident est {status} ; aucune action n'attend.",
    "no_amount": (
        "Aucun montant ne peut être donné : la valeur moyenne des commandes n'est pas connue, ou aucune vente n'a"
        " été vue échouer."
    ),
    "no_case": "Rien n'a encore été conclu sur cet incident.",
    "no_changes": "Rien n'a changé depuis {since} UTC.",
    "no_check": "Aucune vérification connue ne changerait beaucoup le classement.",
    "no_check_but": "Aucune vérification ne vaut l'attente ; non observé jusqu'ici : {missing}.",
    "no_document": "Il n'y a pas de document ni de passage {name} ici.",
    "no_evidence": "Une phrase est omise : aucune preuve n'est enregistrée pour elle.",
    "no_evidence_id": "Il n'y a pas de preuve {name} ici.",
    "no_incident_id": "Il n'y a pas d'incident {name} ici.",
    "no_known_cause": "aucune cause connue",
    "no_merchant": "Il n'y a pas de marchand {name} ici.",
    "no_proposal": "Aucune action n'a encore été proposée pour cet incident.",
    "no_reason": "aucune raison enregistrée",
    "no_receipt": "Il n'y a pas de reçu : rien n'a encore été exécuté et mesuré.",
    "no_rule": "aucune règle",
    "no_runbook": "Aucun runbook ne traite de cet incident.",
    "no_signal_id": "Il n'y a pas de signal {name} ici.",
    "no_tool": "aucun outil",
    "no_wave": "Il n'y a pas de vague {wave} ici ; connues : {waves}.",
    "nobody_asked": "Personne n'avait à être consulté sur « {title} » : la politique le permet (état : {status}).",
    "nobody_decided": "Personne n'a approuvé ni refusé {title} ({id}) jusqu'ici : état {status}.",
    "approved_first": "{by} a donné le premier de deux accords ; il faut encore celui d'une autre personne.",
    "nobody_next": "On ne connaît aucun marchand sain qui partage ce qu'ont les touchés.",
    "none_named": "aucun n'est nommé",
    "not_carried_out": "Cela n'a pas été exécuté : {title} ({id}) est {status}.",
    "not_measured": "Cela a été exécuté, mais l'effet n'est pas encore mesuré ; exécuté ne veut pas dire réparé.",
    "not_ranked": "absente de celles envisagées",
    "not_seen_for": "« {title} » a {confidence} ; non observé pour elle : {missing}.",
    "not_understood": "La question n'a pas été comprise. On peut demander : {kinds}",
    "not_waiting": "{id} n'attend pas de réponse : état {status}.",
    "nothing_about": "Rien n'est enregistré sur « {subject} » pour cet incident.",
    "nothing_against": "Rien de ce qui a été vu ne plaide contre.",
    "nothing_alone": (
        "Rien n'a été exécuté sans une personne : sur {count} actions envoyées, aucune n'a été permise par une "
        "règle seule."
    ),
    "nothing_proposed": "Aucune action n'a été proposée : {title}.",
    "nothing_to_explain": "Il n'y a pas d'incident à expliquer.",
    "nothing_to_undo": "Rien n'a été exécuté jusqu'ici, il n'y a donc rien à annuler (état : {status}).",
    "nothing_tried": "Rien n'a été tenté sur {id} jusqu'ici.",
    "one_action": "{title} ({id}, de {incident}) : {status}.",
    "one_incident": "{id} ({status}, marchands : {merchants}) : {title}.",
    "one_request": "{method} {url} avec {body}, pour {merchants}.",
    "counted_until": "Ceci est compté jusqu'à {at} UTC ; {id} continue, et sa page compte jusqu'à maintenant.",
    "orders_lost": "Environ {middle} commandes perdues jusqu'ici (entre {low} et {high}) : {basis}.",
    "orders_lost_one": "Environ {middle} commande perdue jusqu'ici (entre {low} et {high}) : {basis}.",
    "paid_exactly": "Exactement {count} ont été payées sans commande : {amount}.",
    "paid_exactly_one": "Exactement {count} a été payée sans commande : {amount}.",
    "passage_covers": "« {title} », « {section} » ({location}) en traite.",
    "people_asked": (
        "Des personnes sont consultées sur « {title} » : la politique ne le permet pas sans elles (état : {status})."
    ),
    "people_called": "des personnes seraient appelées",
    "perhaps_next": "Sains jusqu'ici, mais semblables, donc peut-être les prochains : {names}.",
    "policy_version": "Elle a statué sur « {title} » selon la version {version} des politiques.",
    "premise_actions": (
        "Ce ne sont pas {said} actions : {waiting} attendent une réponse, {done} ont été exécutées,"
        " {total} sont connues."
    ),
    "premise_cause": "La cause retenue n'est pas : {cause} ({confidence}).",
    "premise_incidents": "Ce ne sont pas {said} incidents : {count} sont ouverts, {total} sont connus.",
    "premise_merchants": "Ce n'est pas {said} : le nombre de marchands touchés est {count}.",
    "premise_money": "Ce n'est pas {said} : la perte est estimée à {middle} ({low} à {high}).",
    "premise_no_tool": "{wrong} n'a été ni proposé ni fait sur {id} ; aucune action n'y est proposée.",
    "premise_orders": "Ce ne sont pas {said} commandes : environ {middle} sont perdues ({low} à {high}).",
    "premise_payments": "Ce n'est pas {said} : le nombre de paiements sans commande est {count}.",
    "premise_percent": "Ce n'est pas {said} % : la certitude est de {confidence}.",
    "premise_tool": "{wrong} n'a été ni proposé ni fait sur {id}. Ce qui est proposé : {title} ({tool}, {status}).",
    "promise_no_undo": "Ce que cela promet : {promise}. Il n'y a pas de retour en arrière.",
    "promise_undo": "Ce que cela promet : {promise}. Cela peut être annulé : {undo}",
    "proposed_because": "{title} a été proposé car la cause retenue est : {cause} (confiance {confidence}).",
    "proposed_unsure": "{title} a été proposé car aucune cause connue n'est assez sûre (confiance {confidence}).",
    "question_expires": "La question reste posée jusqu'à {at} UTC ; ensuite elle est retirée et rien n'est envoyé.",
    "quote": "« {text} »",
    "refusal_next": (
        "En cas de refus, rien n'est envoyé et la question n'est plus posée sur les mêmes preuves ; vient ensuite"
        " {tool}."
    ),
    "refusal_people": (
        "En cas de refus, rien n'est envoyé et la question n'est plus posée sur les mêmes preuves ; l'incident "
        "passe à des personnes."
    ),
    "refused_by": "{by} a refusé {title} ({id}) à {at} UTC ; personne ne l'a approuvé.",
    "repeats": "{id} répète {earlier}.",
    "resolution": "Comment cela s'est terminé : {resolution}",
    "revenue_lost": "Soit environ {middle} (entre {low} et {high}), ou {hourly} par heure d'attente.",
    "risk": "Son risque est {level} : {factors}.",
    "ruling": "La politique dit {verdict} ({rules}) : {reasons}.",
    "runner_up": "Vient ensuite : {title} ({confidence}).",
    "said_with_it": "Dit avec : {feedback}",
    "sent_action": "{at} : {id} a été exécuté : {title} (maintenant {status}).",
    "shared_merchants": "Marchands dans les deux : {count} ({names}).",
    "side": "C'est {side} : {cause} ({confidence}).",
    "side_by_side": (
        "{id} ({status}, depuis {since} UTC) : {title} ; cause : {cause} ; marchands : {merchants} ; par heure : "
        "{hourly}."
    ),
    "side_documentation": "une lacune de la documentation",
    "side_merchant": "un problème de réglages des marchands",
    "side_migration": "une étape de la migration, pas une faute des marchands",
    "side_platform": "un problème de la plateforme",
    "side_third_party": "un problème d'un tiers",
    "side_unknown": (
        "On ne peut dire de qui vient le problème : aucune cause connue ne convient ({confidence} que ce soit "
        "autre chose)."
    ),
    "signal_alone": "Le signal {name} n'a rejoint aucun incident, il n'y a donc rien à expliquer.",
    "still_open": "{title} ({id}) est {status}.",
    "subject_assumed": "Aucun incident n'a été nommé ; il s'agit de {id}, le plus coûteux en ce moment.",
    "subject_changed": "Il s'agit maintenant de {new}, plus de {old}.",
    "sure": "La confiance est de {confidence} : {cause}.",
    "taken_back_by": "{title} ({id}) a été retiré par {by} à {at} UTC : {status}.",
    "unconsidered_cause": "{cause} : rien de ce qui a été vu ne l'indique, elle n'a donc pas été classée ici.",
    "unconsidered_tool": "{tool} n'a pas été envisagé ici : il traite {causes}, ce que les preuves ne montrent pas.",
    "unconsidered_tool_plain": "{tool} n'a pas été envisagé ici : il ne traite aucune cause connue ici.",
    "unordered_one": "{id} : {count} paiement(s), {amount}.",
    "unordered_total": "{count} paiements n'ont pas de commande.",
    "verdict": "{verdict} : {words}. {statement}",
    "verdict_allow": "permettre",
    "verdict_ask": "demander",
    "verdict_deny": "interdire",
    "waiting_costs": "Chaque heure d'attente coûte environ {amount}.",
    "waiting_unpriced": "Le coût de l'attente ne peut être chiffré : {basis}.",
    "was_sent": "{count} requête(s) de {tool} ont été envoyées ({mode}).",
    "was_undone": "Cela a déjà été annulé.",
    "wave_done": "La vague {wave} a déjà été basculée.",
    "wave_go": "La vague {wave} peut avancer : rien de connu ne bloque ses {count} marchands en attente.",
    "wave_line": "Vague {wave} : {stages} ; {verdict}.",
    "wave_no_go": "La vague {wave} n'est pas prête : {count} marchands attendent ({names}).",
    "wave_reason": "Vague {wave} : {reason}.",
    "wave_stands": "La vague {wave} a {stages} ; son état de préparation est {verdict}.",
    "which_merchant": "Quel marchand ? Aucun nom n'a été reconnu.",
    "which_wave": "Aucune vague n'attend sa bascule ; connues : {waves}.",
    "will_be_sent": (
        "Si elle est approuvée, {count} requête(s) de {tool} seront envoyées ({mode}) ; rien n'a été envoyé jusqu'ici."
    ),
    "would_be_proposed": "{tool} serait proposé",
}
"""By key; the braces are filled with recorded values."""
