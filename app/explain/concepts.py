"""Words that mean the same to an operator, in four languages. A word may end in a star: then it is how words begin."""

from functools import lru_cache
from typing import Final

CONCEPTS: Final = {
    "not": (
        "not didnt wasnt wouldnt isnt couldnt shouldnt instead rather alternative* nicht kein* lieber stattdessen"
        " pas plutot no never"
    ),
    "why": "why reason* warum wieso weshalb grund begrund* pourquoi raison* justif* porque motivo how_come debe",
    "who": "who whom whose wer wen wem qui quien quienes",
    "when": "when wann quand cuando",
    "since": "since seit depuis desde",
    "merchant": "merchant* shop* store* customer* client* handler* laden kunde* marchand* boutique* comercio* tienda*",
    "affected": (
        "affect* hit hurt* impact* concern* suffer* betroff* getroff* trifft erwischt touch* concerne* impacte* afect*"
    ),
    "next": "next after nachst* prochain* ensuite suivant* siguiente* despues luego",
    "risk": "risk* danger* threat* gefahr* riesg* risque* menac*",
    "cost": (
        "cost* money revenue financial* expensive price loss* losing lost kost* geld schaden umsatz verlust* verlier*"
        " teuer coute* cout argent prejudice perte* perdon* cuest* cost* dinero dano perdid* perdiendo ingresos"
    ),
    "cause": "cause* root origin* diagnos* ursach* causa* origen liegt",
    "propose": (
        "propos* suggest* recommend* vorschl* vorgeschl* empfehl* empfiehl* recommand* propuest* propon* recomend*"
    ),
    "action": "action* fix* measure* massnahm* aktion* mesure* accion* medida* arreglo* correct* correction* remedy",
    "approve": (
        "approv* sign signed signoff authori* permission consent genehmig* freigab* freigeb* freigegeb* zustimm*"
        " approuv* approbation* valid* autoris* accord aprob* aprueb* autoriz* permiso"
    ),
    "reject": "reject* refus* decline* ablehn* abgelehnt lehn* rejet* rechaz* neg*",
    "ask": "ask* bother* frag* gefragt demand* consult* pregunt*",
    "human": "human* person* people mensch* humain* personne* persona* humano* somebody anyone nobody niemand",
    "send": "send* sent request* payload call wire schick* gesendet verschick* anfrag* aufruf* envoy* requete* appel"
    " transm* envi* mand* peticion* llamada*",
    "exact": "exact* precise* genau* konkret* precis*",
    "undo": (
        "undo* undone revert* revers* rollback back ruckgang* zurucknehm* zuruck umkehr* annul* defaire arriere"
        " deshac* revert* atras"
    ),
    "wait": "wait* leave later tomorrow wart* morgen attend* demain esper* manana nothing nichts rien nada",
    "check": (
        "check* verify look* find prufen pruf* nachpruf* nachseh* nachschau* verif* controler comprob* revis* mirar"
    ),
    "mind": "mind opinion meinung umstimm* avis settle trancher dudas",
    "sure": "sure certain* confiden* trust sicher* zuverlass* sur certitude segur* fiab*",
    "against": "against contradict* wrong dagegen contre contra irren tromp* equivoc*",
    "runbook": (
        "runbook* playbook* document* docs manual* guide* handbuch anleitung* quelle source* procedure fuente* page"
    ),
    "try": "tried try attempt* versuch* probier* unternommen essay* tent* intent* prob* done already schon bisher deja",
    "work": "work* help* effective resolved better fixed geholfen gewirkt funktion* behob* gebracht marche* aide*"
    " efficac* funcion* sirv* mejor* repar* eficaz",
    "alone": "alone own automatic* yourself without ohne selbst eigenmacht* sans seul sin solo tu_mismo automat*",
    "before": ("before past earlier again repeat fruher schon einmal mal deja auparavant antes previa vez ever last"),
    "incident": "incident* problem* broken outage* vorfall* vorfalle storung* panne* incidenc* kaputt roto averia*",
    "list": "list* show all many liste* zeig* alle montre* tous muestr* ensen* todos cuant* combien wie_viele",
    "pending": "pending waiting open await* offen wart* attente ouvert* pendiente* abiert*",
    "payment": "payment* paid charged zahlung* bezahl* abgebucht paiement* paye debit* pago* pago cobr*",
    "order": "order* bestell* commande* pedido*",
    "compare": (
        "compar* differ* versus vs vergleich* unterscheid* unterschied difference* diferenc* pire worse schlimmer peor"
    ),
    "summary": "summar* short brief speed zusammen* kurz resum* bref resumen",
    "change": (
        "chang* new* update* miss* ander* geandert neu* neues verpasst change* nouveau neuf manque cambi*"
        " nuevo novedad* perdido getan"
    ),
    "fault": "fault* blame responsible* schuld* fehler faute culpa* responsab*",
    "platform": "platform* plattform* plateforme* plataforma* our ours us uns unser* notre nous nuestra nosotros",
    "migration": "migrat* moved umgezogen umzug umziehen migr* mudanza traslad* demenag* bascul* replatform*",
    "ready": "ready safe go bereit startklar umstell* umgestellt prete* pret basculer list* lista lanz* lancer cutover",
    "state": "state status stand* far etat estado steht weit va",
    "rule": "rule* policy policies regel* richtlinie* regle* politique norma* regla* politica*",
    "start": "start* begin* began first long angefang* begonn* ging commenc* empez* dure lleva temps zeit",
    "help": "help hilf* helfen aide aider ayud* able can kannst kann peux sais puedes",
    "how": "how wie comment como",
    "do": "do execute run apply mach* fuhr* ausfuhr* fais execut* lance* haz* ejecut* go ahead vas adelante",
    "greet": (
        "hello hi hey morning evening afternoon thanks thank thx cheers bye hallo moin servus guten danke"
        " dank tschuss bonjour bonsoir salut merci coucou hola gracias buenos buenas buen adios genial"
        " super great perfect nice"
    ),
    "error": (
        "error* fail* errors fehl* erreur* echou* echec* fallo* falla* fallan broke break* crash* down kaputtgegangen"
    ),
    "settle_right": (
        "arreglad* resuelt* regle solv* gelost recover* erholt repaired over vorbei termine* terminado"
        " uberstanden fini relax"
    ),
    "alike": (
        "similar ahnlich* semblabl* parecid* same dasselbe dieselbe meme mismo misma exposed vulnerab*"
        " anfallig gefahrdet"
    ),
    "other": "other others another else ander* autre* otra* otro* sonst",
    "guess": (
        "guess* rat* ratst geraten devin* adivin* prove* proof bewiesen preuve* prueba* demostrad* doubt*"
        " zweifel doute* duda* likely odds wahrscheinlich probable"
    ),
    "see": "see show read sehen sehe zeig* lesen nachlesen voir lire montre* ver leer* muestr*",
    "body": "json body diff payload values value wert* valeur* valor* endpoint* endpunkt*",
    "people_mine": "queue desk plate mine mich mir meine* moi mi",
    "decide": "decid* decision* entscheid* entschied* tomo chose choice gewahlt choisi* eleg* elig*",
    "begin_since": "hour uhrzeit heure hora moment ab partir desde until",
    "amount": (
        "much many viel* combien cuant* hoch number* zahl* figure* chiffr* cifra bill rechnung facture"
        " asciend* eleve euro euros"
    ),
    "urgent": "urgent* dringend* sofort postpone verschieb* monday montag ignore* ignor* late hurry",
    "give_back": (
        "restore wiederherstell* volver volvemos vuelta revenir retour regret* bereue arrepient*"
        " permanent endgultig definiti*"
    ),
    "authorise_who": "authoris* okayed button gedruckt absegn* abgesegnet signed visto",
    "secret": "secret* heimlich espaldas dos behind rucken",
    "happen": (
        "happen* happened passier* passiert geschieht geschehen occurr* passe arriv* pasa pasado pasar"
        " pasando paso ocurr*"
    ),
    "news": "news neuigkeiten nouvelles noticias latest neuesten update* absent away weg",
    "culprit": "culprit ubeltater coupable trigger* auslos* declench* provoc* provoque behind steckt dahinter",
    "compare_pair": "between zwischen entre common gemeinsam comun side neben junto cote against",
    "instruct": (
        "instruct* guia* leitfaden instrucciones instructions handbook handbuch based basiert basas"
        " basado fonde appuies stutzt documentado documente"
    ),
    "allow": "allow* erlaub* permit* permis vorschrift* paragraph regulation quote zitiere cite* cita",
    "stage": "stage* phase* etape* etapa* fase* stufe* cutover moved umgezogen traslado demenagement",
    "stop": (
        "stop* pause* switch off anhalt* halte abschalt* schalter arret* desactiv* paro parar* turn button boton bouton"
    ),
    "upload": "upload* hochlad* lade hoch subo subir ajouter add anado hinzu document",
    "explain": (
        "explain* erklar* explic* expliqu* rundown overview uberblick nutshell gist recap essentiel"
        " esencial kurze wichtigste"
    ),
    "you_can": "can able kann kannst konnen peux puis puedes puedo could konnte* pourr* podr*",
    "spread": "spread* breit* etendre extender widespread verbreitet reach scale alcance radius",
    "answer": "answer* antwort* respon* repond* reply",
}
"""Each concept, and the words or beginnings of words that stand for it."""


def _index() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    whole: dict[str, list[str]] = {}
    begins: dict[str, list[str]] = {}
    for concept, words in CONCEPTS.items():
        for word in dict.fromkeys(words.split()):
            (begins if word.endswith("*") else whole).setdefault(word.rstrip("*"), []).append(concept)
    return whole, begins


WHOLE, BEGINS = _index()


@lru_cache(maxsize=4_000)
def find_concepts(word: str) -> tuple[str, ...]:
    """What a word stands for; itself, and by its longest known beginning."""
    found = list(WHOLE.get(word, ()))
    longest = next((word[:size] for size in range(len(word), 2, -1) if word[:size] in BEGINS), "")
    return tuple(dict.fromkeys([*found, *BEGINS.get(longest, ())]))
