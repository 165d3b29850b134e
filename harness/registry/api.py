"""Confluent's REST API on a store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from harness.registry import refusal
from harness.registry.content import Content
from harness.registry.parsed import TYPES
from harness.registry.refusal import Refusal
from harness.registry.request import Request, Text
from harness.registry.store import LATEST, Store, Version
from harness.registry.subject import DEFAULT, EVERYWHERE, Subject

RELEASE = "8.0.0"
"""Whose API is served, for clients that ask."""


class Api:
    """Answers requests."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._routes = [
            (method, pattern.strip("/").split("/"), serve) for method, pattern, serve in self._table()
        ]

    def _table(self) -> list[tuple[str, str, Callable[[Request], object]]]:
        return [
            ("GET", "/subjects", self._subjects),
            ("POST", "/subjects/{subject}", self._lookup),
            ("DELETE", "/subjects/{subject}", self._delete_subject),
            ("GET", "/subjects/{subject}/metadata", self._with_metadata),
            ("GET", "/subjects/{subject}/versions", self._versions),
            ("POST", "/subjects/{subject}/versions", self._register),
            ("GET", "/subjects/{subject}/versions/{version}", self._version),
            ("DELETE", "/subjects/{subject}/versions/{version}", self._delete_version),
            ("GET", "/subjects/{subject}/versions/{version}/schema", self._version_text),
            ("GET", "/subjects/{subject}/versions/{version}/referencedby", self._referenced_by),
            ("GET", "/schemas", self._schemas),
            ("GET", "/schemas/types", lambda _: list(TYPES)),
            ("GET", "/schemas/ids/{id}", self._by_id),
            ("GET", "/schemas/ids/{id}/schema", self._text_by_id),
            ("GET", "/schemas/ids/{id}/subjects", self._subjects_of_id),
            ("GET", "/schemas/ids/{id}/versions", self._versions_of_id),
            ("GET", "/schemas/guids/{guid}", self._by_guid),
            ("GET", "/schemas/guids/{guid}/ids", self._ids_of_guid),
            ("POST", "/compatibility/subjects/{subject}/versions", self._check_all),
            ("POST", "/compatibility/subjects/{subject}/versions/{version}", self._check_one),
            ("GET", "/config", self._config),
            ("PUT", "/config", self._configure),
            ("DELETE", "/config", self._unconfigure),
            ("GET", "/config/{subject}", self._config),
            ("PUT", "/config/{subject}", self._configure),
            ("DELETE", "/config/{subject}", self._unconfigure),
            ("GET", "/mode", self._mode),
            ("PUT", "/mode", self._set_mode),
            ("DELETE", "/mode", self._unset_mode),
            ("GET", "/mode/{subject}", self._mode),
            ("PUT", "/mode/{subject}", self._set_mode),
            ("DELETE", "/mode/{subject}", self._unset_mode),
            ("GET", "/contexts", lambda request: request.page(self.store.contexts())),
            ("GET", "/v1/metadata/id", lambda _: _CLUSTER),
            ("GET", "/v1/metadata/version", lambda _: {"version": RELEASE, "commitId": ""}),
        ]

    def answer(self, request: Request) -> tuple[int, object]:
        """Serve one request: the status, and what is sent."""
        try:
            return 200, self._serve(request)
        except Refusal as error:
            refused = error
        except Exception as error:  # noqa: BLE001 - whatever it is, a client gets an answer
            refused = refusal.internal_error(error)
        return refused.status, {"error_code": refused.code, "message": refused.message}

    def _serve(self, request: Request) -> object:
        if not request.path:
            return {}
        if request.path[0] == "contexts" and len(request.path) > 2:
            context = request.path[1].strip(":") or DEFAULT
            request = replace(request, path=request.path[2:], context=context)
        known = False
        for method, pattern, serve in self._routes:
            named = _matched(pattern, request.path)
            if named is None:
                continue
            if method == request.method:
                return serve(replace(request, named=named))
            known = True
        raise refusal.wrong_method() if known else refusal.no_such_address()

    # Subjects

    def _subjects(self, request: Request) -> list[str]:
        prefix = request.text("subjectPrefix", EVERYWHERE)
        if request.context != DEFAULT:
            prefix = f":{request.context}:{request.text('subjectPrefix')}"
        only = _either(request, "deletedOnly", "deleted_only")
        found = self.store.subjects(prefix, deleted=request.flag("deleted"), only=only)
        return request.page([str(subject) for subject in found])

    def _lookup(self, request: Request) -> object:
        subject, deleted = request.subject, request.flag("deleted")
        self.store.versions(subject, deleted=deleted)
        content = Content.from_json(request.json)
        content = self.store.stored_form(subject, content, normalize=request.flag("normalize"))
        version = self.store.find(subject, content, deleted=deleted)
        if version is None:
            raise refusal.schema_not_found()
        return self._shown(version, request.text("format"))

    def _delete_subject(self, request: Request) -> list[int]:
        return self.store.delete_subject(request.subject, permanent=request.flag("permanent"))

    def _with_metadata(self, request: Request) -> object:
        wanted = dict(zip(request.query.get("key", ()), request.query.get("value", ()), strict=False))
        for version in reversed(self.store.versions(request.subject, deleted=request.flag("deleted"))):
            properties = (self.store.content(version).metadata or {}).get("properties") or {}
            if all(properties.get(key) == value for key, value in wanted.items()):
                return self._shown(version, request.text("format"))
        raise refusal.schema_not_found()

    # Versions

    def _versions(self, request: Request) -> list[int]:
        only = _either(request, "deletedOnly", "deleted_only")
        found = self.store.versions(request.subject, deleted=request.flag("deleted"), only=only)
        return request.page([version.number for version in found])

    def _register(self, request: Request) -> object:
        subject, body = request.subject, request.json
        if not subject.name:
            raise refusal.invalid_subject(request.named["subject"])
        version = self.store.register(
            subject,
            Content.from_json(body),
            number=_whole(body, "version", 0),
            schema_id=_whole(body, "id", -1),
            normalize=request.flag("normalize"),
        )
        content = self.store.content(version)
        shown = content.to_json(self._text(content, subject.context, request.text("format")))
        return {"id": version.id, "version": version.number, "guid": content.guid, **shown}

    def _version(self, request: Request) -> object:
        version = self.store.version(request.subject, request.version, deleted=request.flag("deleted"))
        return self._shown(version, request.text("format"))

    def _version_text(self, request: Request) -> Text:
        version = self.store.version(request.subject, request.version, deleted=request.flag("deleted"))
        return Text(self._text(self.store.content(version), version.subject.context, request.text("format")))

    def _delete_version(self, request: Request) -> int:
        permanent = request.flag("permanent")
        return self.store.delete_version(request.subject, request.version, permanent=permanent)

    def _referenced_by(self, request: Request) -> list[int]:
        version = self.store.version(request.subject, request.version, deleted=True)
        return request.page(self.store.referrers(version))

    # Schemas

    def _schemas(self, request: Request) -> list[object]:
        prefix = request.text("subjectPrefix") or EVERYWHERE
        found = self.store.all_versions(
            prefix, deleted=request.flag("deleted"), latest=request.flag("latestOnly")
        )
        return [self._shown(version, "") for version in request.page(found)]

    def _by_id(self, request: Request) -> object:
        home, content = self._identified(request)
        out = content.to_json(self._text(content, home.context, request.text("format")))
        if request.flag("fetchMaxId"):
            out["maxId"] = self.store.most(home.context)
        return {**out, "guid": content.guid}

    def _text_by_id(self, request: Request) -> Text:
        home, content = self._identified(request)
        return Text(self._text(content, home.context, request.text("format")))

    def _subjects_of_id(self, request: Request) -> list[str]:
        return request.page(list(dict.fromkeys(str(version.subject) for version in self._holders(request))))

    def _versions_of_id(self, request: Request) -> list[object]:
        return request.page(
            [
                {"subject": str(version.subject), "version": version.number}
                for version in self._holders(request)
            ]
        )

    def _holders(self, request: Request) -> list[Version]:
        home, _ = self._identified(request)
        return self.store.holders(home.context, request.id, deleted=request.flag("deleted"))

    def _identified(self, request: Request) -> tuple[Subject, Content]:
        return self.store.by_id(request.id, Subject.parse(request.text("subject"), request.context))

    def _by_guid(self, request: Request) -> object:
        for context, _, content in self.store.by_guid(request.named["guid"]):
            out = content.to_json(self._text(content, context, request.text("format")))
            return {**out, "guid": content.guid}
        raise refusal.schema_not_found(request.named["guid"])

    def _ids_of_guid(self, request: Request) -> list[object]:
        found = self.store.by_guid(request.named["guid"])
        return [{"context": context, "id": schema_id} for context, schema_id, _ in found]

    # Compatibility

    def _check_all(self, request: Request) -> object:
        try:
            versions = self.store.versions(request.subject)
        except Refusal:
            versions = []
        return self._checked(request, versions)

    def _check_one(self, request: Request) -> object:
        subject, number = request.subject, request.version
        try:
            versions = [self.store.version(subject, number)]
        except Refusal:
            if number != LATEST:
                raise refusal.version_not_found(number) from None
            versions = []
        return self._checked(request, versions)

    def _checked(self, request: Request, versions: list[Version]) -> object:
        verbose = request.flag("verbose")
        try:
            content = self.store.stored_form(
                request.subject, Content.from_json(request.json), normalize=request.flag("normalize")
            )
            messages = self.store.compare(request.subject, content, versions)
        except Refusal as error:
            if not verbose or error.code != 42201:
                raise
            messages = [error.message]
        return {"is_compatible": not messages, **({"messages": messages} if verbose else {})}

    # Configuration and modes

    def _config(self, request: Request) -> object:
        scopes = self.store.scopes
        if request.flag("defaultToGlobal"):
            return scopes.config(request.scope)
        return scopes.own_config(request.scope)

    def _configure(self, request: Request) -> object:
        body = request.json
        self.store.scopes.configure(request.scope, body)
        level = body.get("compatibility")
        return {**body, **({"compatibility": level.upper()} if level else {})}

    def _unconfigure(self, request: Request) -> object:
        return self.store.scopes.unconfigure(request.scope)

    def _mode(self, request: Request) -> object:
        scopes = self.store.scopes
        if request.flag("defaultToGlobal"):
            return {"mode": scopes.mode(request.scope)}
        return {"mode": scopes.own_mode(request.scope)}

    def _set_mode(self, request: Request) -> object:
        scope = request.scope
        occupied = not request.flag("force") and any(
            scope in subject.scopes for subject in self.store.subjects()
        )
        return {"mode": self.store.scopes.set_mode(scope, request.json.get("mode"), occupied=occupied)}

    def _unset_mode(self, request: Request) -> object:
        return {"mode": self.store.scopes.unset_mode(request.scope)}

    # What is shown

    def _shown(self, version: Version, form: str) -> object:
        content = self.store.content(version)
        out: dict[str, Any] = {"subject": str(version.subject), "version": version.number, "id": version.id}
        out["guid"] = content.guid
        if version.deleted:
            out["deleted"] = True
        return {**out, **content.to_json(self._text(content, version.subject.context, form))}

    def _text(self, content: Content, context: str, form: str) -> str:
        return self.store.parsed(content, context).formatted(form) if form else content.text


_CLUSTER = {
    "id": "",
    "scope": {
        "path": [],
        "clusters": {"kafka-cluster": "harness", "schema-registry-cluster": "schema-registry"},
    },
}


def _matched(pattern: list[str], path: Any) -> dict[str, str] | None:
    """The named segments of a path that fits the pattern."""
    if len(pattern) != len(path):
        return None
    named = {}
    for wanted, segment in zip(pattern, path, strict=True):
        if wanted.startswith("{"):
            named[wanted.strip("{}")] = segment
        elif wanted != segment:
            return None
    return named


def _either(request: Request, *names: str) -> bool:
    """Confluent's Python client writes some parameters otherwise than the API does."""
    return any(request.flag(name) for name in names)


def _whole(body: Mapping[str, Any], key: str, default: int) -> int:
    value = body.get(key)
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool):
        raise refusal.unprocessable(f"`{key}` must be a number")
    return value
