"""Words that people who name tables, columns and functions use for one another.

The groups are of general vocabulary: that two words stand together makes it likelier that one replaced the other, no
more. What a project itself calls by two names is learned from its own history and from the other answers.
"""

from __future__ import annotations

from functools import lru_cache

__all__ = ["groups_of", "related"]

_GROUPS = """
user account profile member person usuario nutzer benutzer
customer client buyer kunde cliente patron
employee staff worker personnel empleado mitarbeiter
teacher instructor tutor trainer coach
author writer creator owner editor
assignee assigned
organization organisation org workspace team company tenant group firm
article post story entry content blog
comment reply remark note feedback
message chat msg
conversation thread dialog dialogue ticket chat
tag label
category section genre categoria kategorie
image picture photo avatar thumbnail img pic icon logo
file attachment document upload asset blob
product item article good sku variant
order purchase sale booking reservation bestellung auftrag pedido
line item position row
invoice bill rechnung factura
payment transaction charge
subscription membership plan
coupon voucher discount promo
price cost amount fee rate total sum
rating star score review
appointment meeting visit event viewing session
booking reservation signup registration enrollment
course class lesson workshop
homework assignment exercise task
task todo ticket job issue
project board
vehicle car truck lkw fahrzeug
address location place
venue stage hall
photo foto
setting preference config configuration option
log history audit journal activity event
role permission
status state stage phase
type kind category sort
title name headline subject heading label caption titulo titel nombre
description summary abstract detail blurb descripcion beschreibung
body content text message inhalt texto
order position sort rank sequence index reihenfolge orden
phone mobile telephone telefon telefono
email mail correo
birthday birth dob birthdate
url link href uri
path location key
begin start from
end finish until to stop
create insert add make place new register enroll
delete remove destroy drop clear
update edit change modify set
get fetch list load find read show
search query find lookup
accept confirm approve
complete finish close done
cancel abort revoke
accepted confirmed approved
created inserted added
updated modified changed edited
due deadline
quantity qty count number num amount cantidad anzahl
size bytes length
duration length dauer
invite invitation
picture bild foto
total importe betrag
number nr num no numero nummer
applicant candidate
reader subscriber
tenant renter lessee
language locale lang
floor level storey
capacity seat place
arrive enter entry
exit leave left depart
tax vat
street address
hour hourly
day daily
month monthly
year yearly annual
""".strip()

_OF: dict[str, set[int]] = {}
for _number, _line in enumerate(_GROUPS.splitlines()):
    for _word in _line.split():
        _OF.setdefault(_word, set()).add(_number)


@lru_cache(maxsize=65536)
def groups_of(word: str) -> frozenset[int]:
    """Return the numbers of the groups of words that a word, lower case and singular, often stands for."""
    return frozenset(_OF.get(word, ()))


@lru_cache(maxsize=65536)
def related(one: str, other: str) -> bool:
    """Tell whether two words, lower case and singular, often stand for each other."""
    return not _OF.get(one, set()).isdisjoint(_OF.get(other, set()))
