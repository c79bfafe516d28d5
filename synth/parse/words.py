"""Words that tell what a label, a row or a column of a transcript is, in English and Dutch.

All are in lower case. They are priors: the statistics of the whole file decide (see `labels`).
"""

from __future__ import annotations


def listed(words: str) -> frozenset[str]:
    """The words of a text, each once."""
    return frozenset(words.split())


def in_order(words: str) -> tuple[str, ...]:
    """The words of a text, the first the best."""
    return tuple(words.split())


ASKERS = listed(
    """me vr mod interviewer interviewers interviewster intervieuwer interviwer interviewerin intv intvr intvw int intw
    onderzoeker onderzoekster researcher ux-researcher uxr moderator facilitator gespreksleider gespreksleidster
    vraagsteller vragensteller vraag vragen question questioner ask host presenter journalist verslaggever
    interrogator chatbot bot assistant chatbot_response ai_interviewer interviewer_response agent
    system_question enquêteur enqueteur enquêtrice intervieweur intervieweuse iv inv investigator moderatorin"""
)
TELLERS = listed(
    """antw pt participant respondent respondente interviewee geïnterviewde geinterviewde deelnemer
    deelneemster informant
    participante antwoord answer resp part subject proefpersoon patient patiënt patiente patiënte cliënt client
    klant customer user gebruiker gast guest bewoner burger citizen inwoner ouder moeder vader partner
    human_response human participant_response user_response consumer consument kandidaat candidate narrator
    verteller ip befragter befragte interviewpartner interviewpartnerin enquêté enquêtée"""
)
CORE = listed(
    """interviewer interviewster intervieuwer intv onderzoeker onderzoekster researcher moderator facilitator
    gespreksleider participant respondent respondente interviewee geïnterviewde geinterviewde deelnemer
    deelneemster informant chatbot patient patiënt cliënt client proefpersoon vraagsteller subject bot"""
)
"""Roles that are recognised inside a longer label too: `Jan (interviewer)`, `INTV_CA`."""
OTHERS = listed(
    """speaker spreker spk voice stem unknown onbekend observer observator note-taker notetaker notulist
    videographer cameraman tolk interpreter translator vertaler person persoon man vrouw woman all allen
    iedereen everyone both beiden multiple crosstalk audience publiek voice-over narration recording"""
)
ONESELF = listed("ik ich")
"""What researchers call themselves, and how sentences begin: a label where it comes back."""
EVERYBODY = listed("all alle several meerdere multiple verschillende various beide both")
"""Before more than one they are a group that speaks at once: `Meerdere deelnemers`."""
PEOPLE = listed(
    """deelnemers respondenten participants speakers sprekers stemmen voices people mensen vrouwen mannen women men"""
)
ASKER_LETTERS = frozenset({"i", "q", "v", "o", "int"})
TELLER_LETTERS = frozenset({"r", "p", "a", "g", "d"})

NOT_NAMES = listed(
    """date datum duration duur time tijd tijdstip tijdsduur start end begin einde eind length lengte location
    locatie plaats place venue setting note notes noot nb ps opmerking opmerkingen memo comment comments
    remark remarks toelichting thanks thank bedankt dank conducted afgenomen title titel onderwerp
    topic thema theme themes project study studie naam name file bestand bestandsnaam filename recording opname
    transcript transcriptie transcribed transcription transcriber transcribent getranscribeerd uitgewerkt
    keywords trefwoorden summary samenvatting participants attendees aanwezig aanwezigen deelnemers respondenten
    present afwezig age leeftijd gender geslacht sex company bedrijf organisatie organization organisation
    function functie role rol beroep occupation job profession education opleiding status version versie author
    auteur source bron url link website email e-mail mail phone telefoon language taal legend legenda key
    speakers sprekers details background achtergrond introduction introductie inleiding conclusion conclusie
    intro outro chapter hoofdstuk section sectie part deel step stap fase phase figure figuur table tabel
    bijlage appendix attachment week dag day example examples voorbeeld voorbeelden bijvoorbeeld remember
    warning let op tip tips update edit todo result resultaat results resultaten total totaal wave
    meetronde ronde round id number nummer no nr case casus session sessie meeting vergadering agenda actie
    action actions ik we wij hij zij she he they it het dat that this dit so dus but maar and en
    because omdat want however echter also ook then now nu well nou yes no ja nee yeah yep okay ok oke oké hmm
    hm mm mhm uh eh um right exactly precies klopt inderdaad sure goed good first second third eerst ten tweede
    one two three een twee drie pros cons voordelen nadelen voordeel nadeel problem probleem problems problemen
    solution oplossing reason reden like zoiets quote citaat translation vertaling here hier
    there daar what wat why waarom how hoe when wanneer who wie where waar which welke honestly eerlijk
    literally basically anyway afijn hello hallo hi hey hoi hee goedemorgen goedemiddag goedenavond morning
    afternoon dear beste http https www ftp mailto transcribed-by media tags episode season aflevering seizoen
    description beschrijving image published gepubliceerd format kind verslag interviewverslag gespreksverslag
    interview gesprek code codes category categorie plan idea idee point punt fact feit rule regel price prijs
    cost kosten budget funny grappig sorry please alstublieft monday tuesday wednesday thursday friday saturday
    sunday maandag dinsdag woensdag donderdag vrijdag zaterdag zondag timecode tijdcode timestamp
    tijdstempel document doc"""
)
"""Words before a colon that are no speaker: facts about the recording, and how people begin a sentence."""

METADATA = listed(
    """date datum duration duur time tijd tijdstip tijdsduur location locatie plaats place conducted afgenomen
    title titel onderwerp project study studie naam name file bestand bestandsnaam filename recording opname
    transcript transcribed transcriber transcribent getranscribeerd keywords trefwoorden summary samenvatting
    participants attendees aanwezig aanwezigen deelnemers present age leeftijd gender geslacht company bedrijf
    organisatie function functie role rol beroep occupation job opleiding education status version versie author
    auteur source bron language taal speakers sprekers setting wave meetronde ronde id session sessie
    interviewnummer respondentnummer topic thema subject length lengte start end begin einde url link
    media code document doc detected"""
)
"""Keys of the facts that stand above a transcript."""

PARTICLES = listed(
    """van de der den ten ter te het 't von zu la le les du des da das do dos di del della bin ibn al el and en &
    of op in aan 'd d' y e"""
)
SOUNDS = listed(
    """laughs laughing laughter laugh chuckles chuckle sighs sigh pause silence music applause cough coughs crying
    cries inaudible unintelligible crosstalk nods affirmative negative sniffs gasps whispers smiles interruption
    phone rings background noise foreign blank_audio lacht gelach lachen lachend zucht zuchten stilte muziek
    applaus hoest kucht huilt onverstaanbaar knikt snikt fluistert glimlacht onderbreking telefoon gaat geluid
    achtergrond denkt na schudt hoofd instemmend ontkennend pauze beiden"""
)
PHRASES_OF_THE_END = (
    r"(?:the )?(?:end|einde)(?: (?:of|van))?(?: (?:the|de|het|this|dit))?"
    r" ?(?:transcript(?:ion|ie)?|interview|recording|opname|gesprek|audio|tape|file|bestand)?",
    r"(?:recording|opname|audio|tape|interview|transcription|opname is) "
    r"(?:stopped|ends?|ended|stopt|gestopt|eindigt|be[eë]indigd)",
)
"""Whole rows with which a typist says that nobody speaks any more."""
PHRASES_OF_FEET = (
    *PHRASES_OF_THE_END,
    r"transcri(?:bed|ption|pt)(?: (?:is|was|are))? (?:by|provided|made|created|generated|from|with)\b.*",
    r"(?:getranscribeerd|transcriptie|uitgewerkt|transcript)(?: (?:is|werd|gemaakt|verzorgd))* (?:door|met)\b.*",
    r"(?:this|dit|deze)(?: editable| bewerkbare?)? transcri(?:pt|ptie)\b.{0,190}",
    r".{1,60} (?:started|stopped) transcription",
    r".{1,60} (?:heeft de transcriptie|is de transcriptie) (?:gestart|gestopt|begonnen)",
    r".{1,60} (?:heeft|is) (?:gestart|gestopt|begonnen) met (?:de )?transcri(?:ptie|beren)",
    r".{1,60} hat die transkription (?:gestartet|beendet)",
    r".{0,200}\bwatch: https?://\S+",
    r"(?:subtitles?|captions?|ondertitel(?:d|ing|s)?) (?:by|door|from|van)\b.*",
    r"(?:meeting|call|vergadering|gesprek|transcription|transcriptie) (?:ended|be[eë]indigd|afgelopen)\b.{0,60}",
    r"(?:www\.|https?://)\S+",
    r"©.{0,120}",
)
"""Whole rows that a program or a typist adds and nobody says."""

OF_CHAT_PROGRAMS = (
    r"(?:this message was|you) deleted(?: this message)?",
    r"(?:dit bericht is verwijderd|(?:je|u) hebt dit bericht verwijderd)",
    r"missed (?:voice|video) call|gemiste (?:spraak|video)oproep",
    r"(?:image|video|audio|sticker|gif|document|contact card|media) omitted",
    r"(?:afbeelding|video|audio|sticker|gif|document|contactkaart|media) weggelaten",
)
"""Whole messages that a chat program puts in the place of what somebody sent."""
