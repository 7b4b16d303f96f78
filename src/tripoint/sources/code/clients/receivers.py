"""Which calls and types give a client of the database's API, what its parts are, and as which role it runs."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from msgspec.structs import replace

from tripoint.model.query import ANY_SCHEMA, WRITTEN_OUT
from tripoint.model.regex import regex
from tripoint.sources.code.clients.servers import server_names
from tripoint.sources.code.facts import Chain, Step, Value
from tripoint.sources.code.keys import role_of_key
from tripoint.sources.code.scene import Builder, Client, Part, Thing, Unknown

__all__ = [
    "MAKERS",
    "TABLE_WORDS",
    "Reading",
    "client_label",
    "client_of_call",
    "client_of_names",
    "client_of_type",
    "client_step",
    "is_client_package",
    "language_suffix",
    "looks_like_a_client",
    "part_of",
    "role_of_words",
    "word_of",
]

_PACKAGE = regex(
    r"^(?:@supabase/(?:supabase-js|ssr|auth-helpers[\w-]*|postgrest-js|auth-ui[\w-]*|server)|@nuxtjs/supabase|#supabase/\w+"
    r"|supabase(?:[._]\w+)*|supabase_flutter|postgrest(?:[._]\w+)*|Supabase|PostgREST|package:(?:supabase|postgrest)\w*/.*"
    r"|io\.github\.jan\.supabase.*|github\.com/[\w-]*supabase[\w-]*/.*)$"
)
_POSTGREST_PACKAGE = regex(r"postgrest", re.IGNORECASE)

# Constructor → whether it runs as whoever is signed in (None: its key decides).
_CONSTRUCTORS: dict[str, str | None] = {
    "createClient": None,
    "create_client": None,
    "acreate_client": None,
    "create_async_client": None,
    "createSupabaseClient": None,
    "NewClient": None,
    "CreateClient": None,
    "SupabaseClient": None,
    "PostgrestClient": None,
    "SyncPostgrestClient": None,
    "AsyncPostgrestClient": None,
    "Client": None,
    "AsyncClient": None,
    "SyncClient": None,
    "create": None,
    "createBrowserClient": "a browser client",
    "createServerClient": "a server client with the user's cookies",
    "createClientComponentClient": "a browser client",
    "createPagesBrowserClient": "a browser client",
    "createBrowserSupabaseClient": "a browser client",
    "createServerComponentClient": "a server client with the user's cookies",
    "createServerActionClient": "a server client with the user's cookies",
    "createRouteHandlerClient": "a server client with the user's cookies",
    "createMiddlewareClient": "a server client with the user's cookies",
    "createPagesServerClient": "a server client with the user's cookies",
    "createServerSupabaseClient": "a server client with the user's cookies",
    "createMiddlewareSupabaseClient": "a server client with the user's cookies",
    "createSupabaseServerClient": "a server client with the user's cookies",
    "createSupabaseLoadClient": "a client of the user's session",
    "useSupabaseClient": "a browser client",
    "serverSupabaseClient": "a server client with the user's cookies",
    "serverSupabaseServiceRole": "service_role",
}
MAKERS = frozenset(_CONSTRUCTORS) - {"create", "Client", "AsyncClient", "SyncClient"} | {"initialize"}
"""Words that stand in every file which makes a client, and hardly in others."""
_GLOBAL_CONSTRUCTORS = frozenset(
    [
        "useSupabaseClient",
        "serverSupabaseClient",
        "serverSupabaseServiceRole",
        "createSupabaseClient",
        "SupabaseClient",
        "PostgrestClient",
        "createServerSupabaseClient",
    ]
)
_CLASSIC_SCRIPTS = frozenset(
    (*holder, "supabase", "createClient") for holder in ((), ("window",), ("globalThis",), ("self",))
)
"""What a page's `<script src>` of the library gives to the scripts after it: no module, but a global."""
_TYPES = frozenset(["SupabaseClient", "PostgrestClient", "SupabaseClientType"])
_PACKAGE_TYPES = _TYPES | {"Client", "AsyncClient", "SyncClient", "AsyncPostgrestClient", "SyncPostgrestClient"}
_CONNECTIONS = frozenset(["connection", "experimental_connection"])
"""What Streamlit makes a connection with, of the class that it is told: `st.connection(…, type=SupabaseConnection)`."""
_SERVICE = regex(r"service_?role|service_?key|secret_?key|supabase_?secret|sb_secret", re.IGNORECASE)
_ANON = regex(r"anon|publishable|public_?key", re.IGNORECASE)
_SCHEMA_ARGUMENT = regex(r",\s*['\"](\w+)['\"]")
_CLIENT_NAME = regex(r"supabase|postgrest|^sb$|^_?supa", re.IGNORECASE)
_LIKELY_NAME = regex(r"client$|^admin$|admin(?:client)?$|^db$|database$|^sb|^supa", re.IGNORECASE)

_PARTS = {"storage": "storage", "functions": "functions", "auth": "auth", "realtime": "realtime"}
_SAME = frozenset(["rest", "postgrest", "database", "instance", "client"])
TABLE_WORDS = frozenset(["from", "from_", "table"])


class Reading:
    """How a client's table reads the arguments of a call, in the caller's file."""

    def __init__(
        self,
        text: Callable[[Value | None], str | None],
        words: Callable[[Value], str],
        option: Callable[[Value, tuple[str, ...]], str | None],
        assigned: Callable[[Value, str], str | None],
    ) -> None:
        self.text = text
        self.words = words
        self.option = option
        """The text of an option, by its path of keys; `ANY_SCHEMA` where it is only known at run time."""
        self.assigned = assigned
        """The same for what a block of settings gives a name: `install(Postgrest) { defaultSchema = "app" }`."""


_SUFFIXES = {
    "typescript": "js",
    "tsx": "js",
    "javascript": "js",
    "vue": "js",
    "svelte": "js",
    "astro": "js",
    "html": "js",
    "python": "py",
    "dart": "flutter",
    "swift": "swift",
    "kotlin": "kt",
    "go": "go",
}


def client_label(client: Client | None, language: str) -> str:
    """Return the name of a client of a language: `supabase-js`, `postgrest-py`, …"""
    return f"{client.client if client is not None else 'supabase'}-{language_suffix(language)}"


def language_suffix(language: str) -> str:
    """Return what the clients of a language are told apart by: `js`, `py`, …"""
    return _SUFFIXES.get(language, "js")


@lru_cache(1 << 14)
def word_of(name: str) -> str:
    """Return a method's name as the tables hold it: Go writes `From`."""
    return name[:1].lower() + name[1:]


def is_client_package(module: str) -> bool:
    """Whether a package is one that makes clients of the database's API."""
    return _PACKAGE.match(module) is not None


def looks_like_a_client(names: tuple[str, ...]) -> bool | None:
    """True where a receiver's name says that it is a client, None where it may be one, else False."""
    said = [name for name in names if name not in ("()", "new", "*")]
    if any(_CLIENT_NAME.search(name) for name in said):
        return True
    return None if said and _LIKELY_NAME.search(said[-1]) else False


def _label(module: str, name: str) -> str:
    if _POSTGREST_PACKAGE.search(module) or "ostgrest" in name:
        return "postgrest"
    return "supabase"


def client_of_call(module: str, names: tuple[str, ...], step: Step, reading: Reading) -> Client | None:
    """Return the client that a call of a package's (or, with no module, a global) name gives."""
    name = names[-1] if names else ""
    if module == "streamlit" and name in _CONNECTIONS:
        types = [reading.words(entry.value) for entry in step.named if entry.key == "type"]
        return Client("supabase", made=True) if any("SupabaseConnection" in words for words in types) else None
    if module:
        known = is_client_package(module) and name in _CONSTRUCTORS
    else:
        known = names in _CLASSIC_SCRIPTS or (len(names) == 1 and name in _GLOBAL_CONSTRUCTORS)
    if not known:
        return None
    role, reason = _role(name, step, reading)
    schema = _default_schema(module, name, step, reading)
    return Client(_label(module, name), schema, role, reason, _server(step, reading), made=True)


def _server(step: Step, reading: Reading) -> tuple[str, ...]:
    """Return what the address of a client is made from; nothing where that is as common as `SUPABASE_URL`."""
    given = [entry.value for entry in step.named if entry.key.lower().endswith("url")] or [*step.arguments[:1]]
    return server_names(" ".join(reading.words(value) for value in given))


def _default_schema(module: str, name: str, step: Step, reading: Reading) -> str | None:
    """Return the schema that a client is made for, `ANY_SCHEMA` where that can't be told."""
    for entry in step.named:
        if entry.key == "schema":
            return reading.text(entry.value) or ANY_SCHEMA
    if name == "NewClient" and _POSTGREST_PACKAGE.search(module) and len(step.arguments) > 1:
        return reading.text(step.arguments[1]) or None  # Go's `postgrest.NewClient(url, schema, headers)`
    for argument in (*step.arguments[1:], *(entry.value for entry in step.named)):
        for path in (("db", "schema"), ("schema",), ("Schema",)):
            schema = reading.option(argument, path)
            if schema is not None:
                return schema
        schema = reading.assigned(argument, "defaultSchema")
        if schema is not None:
            return schema
    written = _SCHEMA_ARGUMENT.search(step.type_arguments or "")
    return written[1] if written else None


def _role(name: str, step: Step, reading: Reading) -> tuple[str | None, str | None]:
    words = " ".join(reading.words(a) for a in (*step.arguments[:2], *(entry.value for entry in step.named)))
    role, reason = role_of_words(words)
    kind = _CONSTRUCTORS[name]
    if role == "service_role" or reason == _PUBLIC_WRITTEN or kind is None or _SERVICE.search(words):
        return role, reason
    if kind == "service_role":
        return "service_role", f"`{name}` makes a service role client"
    return "authenticated", f"`{name}` makes {kind}: signed-in users, and anon before they sign in"


_PUBLIC_WRITTEN = "the key that is written out is the public one: anon, or authenticated once a user signs in"


def role_of_words(words: str) -> tuple[str | None, str | None]:
    """Return the role that what a key is made from tells of, and what tells it."""
    written = role_of_key(words)
    if written == "service_role":
        return "service_role", WRITTEN_OUT
    if written == "anon":
        return "anon", _PUBLIC_WRITTEN
    service, public = _SERVICE.search(words), _ANON.search(words)
    if service and public:
        return None, None  # `admin ? serviceKey : anonKey`: which of the two is decided elsewhere
    if service:
        return "service_role", "its key is the service role's"
    return (
        ("anon", "its key is the public one: anon, or authenticated once a user signs in") if public else (None, None)
    )


def client_of_type(module: str, name: str, text: str) -> Client | None:
    """Return the client that a value of a type is."""
    last = name.rpartition(".")[2]
    if not (last in _TYPES if not module else is_client_package(module) and last in _PACKAGE_TYPES):
        return None
    schema = _SCHEMA_ARGUMENT.search(text)
    return Client(_label(module, last), schema[1] if schema else None)


def client_of_names(names: tuple[str, ...]) -> Client | None:
    """Return the client that a package holds under a path of names: Flutter's `Supabase.instance.client`."""
    return Client("supabase") if names == ("Supabase", "instance", "client") else None


def part_of(client: Client, name: str) -> Client | Part | None:
    """Return what a member of a client is."""
    word = word_of(name)
    if word in _SAME:
        return client
    kind = _PARTS.get(word)
    return Part(kind, client) if kind is not None else None


def client_step(thing: Client | Part, step: Step, chain: Chain | None, index: int, reading: Reading) -> Thing:
    """Return what a call on a client or on one of its parts gives."""
    word = word_of(step.name)
    if isinstance(thing, Part):
        if thing.kind == "storage" and word in ("from", "from_"):
            return Part("bucket", thing.owner)
        return thing if thing.kind in ("channel", "bucket") else Part(f"{thing.kind} call", thing.owner)
    if word == "schema":
        schema = reading.text(step.arguments[0]) if step.arguments else None
        return replace(thing, schema=schema or ANY_SCHEMA)
    if (word in TABLE_WORDS or word == "rpc") and chain is not None:
        return Builder(chain, index)
    if word == "channel":
        return Part("channel", thing)
    part = part_of(thing, word)
    return part if part is not None else Unknown("a method of a client", (step.name, "()"))
