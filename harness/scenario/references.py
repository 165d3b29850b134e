"""Every `${...}` of a pipeline against what exists, and every fresh name against those that refer to it."""

from __future__ import annotations

from collections.abc import Iterable

from harness.location import Location
from harness.scenario import variables, vocabulary
from harness.scenario.model import Text
from harness.scenario.places.places import Places, Role
from harness.scenario.problems import Problems
from harness.scenario.services import OFF, Services

CERTIFICATES = (
    *("ca_pem", "certificate_pem", "key_pem"),
    *("truststore_jks", "truststore_p12", "truststore_password"),
    *("keystore_jks", "keystore_p12", "keystore_password"),
)
"""What only a broker that speaks TLS has."""
CREDENTIALS = ("user", "password")
_KAFKA = ("bootstrap_servers", "security_protocol", "sasl_mechanism", *CREDENTIALS, *CERTIFICATES)
_REGISTRY = ("url", *CREDENTIALS, "ca_pem", "certificate_pem", "key_pem")
_POSTGRES = ("jdbc_url", "url", "host", "port", "user", "password", "database")
SERVICES = (
    *(f"kafka.{part}" for part in _KAFKA),
    *(f"schema_registry.{part}" for part in _REGISTRY),
    *(f"postgres.{part}" for part in _POSTGRES),
)
LATER = ("opensearch.url", "aws.endpoint_url")
"""Known, and without a value until these services can be run."""
_SECTIONS = {"sources": Role.SOURCE, "tables": Role.TABLE, "sinks": Role.SINK}


def known_names(places: Places) -> tuple[str, ...]:
    """What `${...}` can name in a pipeline with these places."""
    own = (f"{section}.{name}.name" for section, role in _SECTIONS.items() for name in places.names(role))
    return (*SERVICES, *LATER, *own)


def check(texts: Iterable[Text], places: Places, services: Services, problems: Problems) -> frozenset[str]:
    """Note every name that is unknown or that the services do not give; return those referred to."""
    known = known_names(places)
    used = set()
    for text in texts:
        for name, location in variables.references(text):
            used.add(name)
            if name in known:
                _check_given(name, location, services, problems)
                continue
            if not name:
                problems.add(location, "a `${` that is not closed or empty", "a real `${` is written `$${`")
            else:
                problems.add(location, f"`${{{name}}}` is unknown", _hint(name, known))
    return frozenset(used)


def _check_given(name: str, location: Location, services: Services, problems: Problems) -> None:
    """Note a name that stands for nothing with these options of the services."""
    service, _, part = name.partition(".")
    kafka, registry = services.kafka, services.schema_registry
    if service == "kafka":
        tls, login, wanted = kafka.tls, kafka.sasl != OFF, "sasl: plain"
    elif service == "schema_registry":
        tls, login, wanted = registry.tls, registry.auth, "auth: basic"
    else:
        return
    if part in CERTIFICATES and tls == OFF:
        hint = f"write `{service}: {{tls: true}}` under `services`"
        problems.add(location, f"`${{{name}}}` is there only with TLS", hint)
    elif part in (*CREDENTIALS, "sasl_mechanism") and not login:
        hint = f"write `{service}: {{{wanted}}}` under `services`"
        problems.add(location, f"`${{{name}}}` is there only with `{wanted.partition(':')[0]}`", hint)


def check_fresh(places: Places, used: frozenset[str], problems: Problems) -> None:
    """Note every `<fresh>` place whose name nobody gives to the job."""
    for section, role in _SECTIONS.items():
        for name, place in places.of(role).items():
            if place.fresh and f"{section}.{name}.name" not in used:
                problems.add(
                    place.location,
                    f"the {role.value} `{name}` has a fresh name that the job never gets",
                    f"give it to the job as `${{{section}.{name}.name}}` in `args`, `env` or `config`",
                )


def _hint(name: str, known: tuple[str, ...]) -> str:
    section, dot, rest = name.partition(".")
    for other in _SECTIONS:
        # The commonest slips: the right place in the wrong section, or without `.name`.
        for wanted in (f"{other}.{rest}", f"{other}.{rest}.name"):
            if dot and section in _SECTIONS and wanted in known:
                return f"did you mean `{wanted}`?"
    near = vocabulary.suggested(name, known)
    if near:
        return f"did you mean `{near}`?"
    inside = [other for other in known if dot and other.startswith(f"{section}.")]
    if inside:
        return f"there are {', '.join(f'`{other}`' for other in inside)}"
    roots = dict.fromkeys(other.partition(".")[0] for other in known)
    return f"a name begins with {', '.join(f'`{root}.`' for root in roots)}"
