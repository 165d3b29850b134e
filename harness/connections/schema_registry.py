"""A client of Confluent's schema registry: schemas in, ids out, and the other way round."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import requests

from harness.codecs.json_format import DecodeError
from harness.codecs.schema import Import, Language, Schema, read_schema
from harness.codecs.schema_error import SchemaError
from harness.environment import RegistryEndpoint
from harness.errors import InputError, ServiceError

SECONDS = 10.0
_CONTENT = "application/vnd.schemaregistry.v1+json"
_NOT_FOUND = 404
_REFUSALS = (409, 422)


class Registry:
    """A schema registry; its connections are kept, and so is every schema that it told.

    One object is for one registry: ids mean nothing in another.
    """

    def __init__(self, endpoint: RegistryEndpoint) -> None:
        self._url = endpoint.internal.rstrip("/")
        self._session = requests.Session()
        # A proxy of the machine has no business between us and our own services.
        self._session.trust_env = False
        self._session.headers["Accept"] = _CONTENT
        if endpoint.user:
            self._session.auth = (endpoint.user, endpoint.password)
        if endpoint.certificates:
            self._session.verify = endpoint.certificates.ca_pem
            self._session.cert = (endpoint.certificates.certificate_pem, endpoint.certificates.key_pem)
        self._schemas: dict[int, Schema | DecodeError] = {}

    def close(self) -> None:
        """Let the connections go."""
        self._session.close()

    def register(self, subject: str, schema: Schema) -> int:
        """Register the next version of a subject, or find it there; returns the schema's id.

        What the schema refers to is registered before it, each under its own name.

        Raises:
            InputError: The registry refuses it, with its own words.
            ServiceError: The registry does not answer.
        """
        return int(self._add(subject, self._body(schema.language, schema.text, schema.imports))["id"])

    def _body(self, language: Language, text: str, imports: tuple[Import, ...]) -> dict[str, object]:
        body: dict[str, object] = {"schema": text}
        if language is not Language.AVRO:
            body["schemaType"] = language.value
        if imports:
            body["references"] = [self._reference(language, one) for one in imports]
        return body

    def _reference(self, language: Language, one: Import) -> dict[str, object]:
        """What a schema refers to, registered under the name that it has there."""
        body = self._body(language, one.text, one.imports)
        self._add(one.name, body)
        found = self._good(self._ask("POST", f"/subjects/{quote(one.name, safe='')}", body))
        return {"name": one.name, "subject": one.name, "version": found["version"]}

    def _add(self, subject: str, body: dict[str, object]) -> Mapping[str, Any]:
        answer = self._ask("POST", f"/subjects/{quote(subject, safe='')}/versions", body)
        if answer.status_code in _REFUSALS:
            raise InputError(f"the schema registry refuses the schema for `{subject}`", detail=_words(answer))
        return self._good(answer)

    def schema(self, schema_id: int) -> Schema:
        """The schema of an id.

        Raises:
            DecodeError: There is none, or it is none that can be read.
            ServiceError: The registry does not answer.
        """
        if schema_id not in self._schemas:
            try:
                self._schemas[schema_id] = self._fetch(schema_id)
            except DecodeError as error:
                self._schemas[schema_id] = error
        found = self._schemas[schema_id]
        if isinstance(found, DecodeError):
            raise found
        return found

    def versions(self, schema_id: int) -> dict[str, int]:
        """The subjects that have the schema of an id, each with its version there.

        Raises:
            ServiceError: The registry does not answer.
        """
        answer = self._ask("GET", f"/schemas/ids/{schema_id}/versions")
        if answer.status_code == _NOT_FOUND:
            return {}
        if not answer.ok:
            raise ServiceError(f"the schema registry answers {answer.status_code}", detail=_words(answer))
        return {str(entry["subject"]): int(entry["version"]) for entry in answer.json()}

    def latest_id(self, subject: str) -> int | None:
        """The id of a subject's latest schema, or None where it has none.

        Raises:
            ServiceError: The registry does not answer.
        """
        answer = self._ask("GET", f"/subjects/{quote(subject, safe='')}/versions/latest")
        return None if answer.status_code == _NOT_FOUND else int(self._good(answer)["id"])

    def latest(self, subject: str) -> Schema | None:
        """The newest schema of a subject, or None if there is no such subject.

        Raises:
            DecodeError: It is none that can be read.
            ServiceError: The registry does not answer.
        """
        schema_id = self.latest_id(subject)
        return None if schema_id is None else self.schema(schema_id)

    def _fetch(self, schema_id: int) -> Schema:
        answer = self._ask("GET", f"/schemas/ids/{schema_id}")
        if answer.status_code == _NOT_FOUND:
            raise DecodeError(f"schema {schema_id} is not in the registry")
        data = self._good(answer)
        word = data.get("schemaType", Language.AVRO.value)
        if word not in {language.value for language in Language}:
            raise DecodeError(f"schema {schema_id} is {word}, which nobody here can read")
        imports: dict[str, Import] = {}
        self._collect(data.get("references") or (), imports)
        try:
            return read_schema(Language(word), data["schema"], None, tuple(imports.values()))
        except SchemaError as error:
            raise DecodeError(f"schema {schema_id} cannot be read: {error.message}") from None

    def _collect(self, references: Any, into: dict[str, Import]) -> None:
        """What a schema refers to, and what that refers to in turn."""
        for reference in references:
            if reference["name"] in into:
                continue
            subject = quote(reference["subject"], safe="")
            data = self._good(self._ask("GET", f"/subjects/{subject}/versions/{reference['version']}"))
            into[reference["name"]] = Import(reference["name"], data["schema"])
            self._collect(data.get("references") or (), into)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> requests.Response:
        try:
            return self._session.request(
                method,
                self._url + path,
                json=body,
                timeout=SECONDS,
                headers={"Content-Type": _CONTENT} if body is not None else None,
            )
        except requests.RequestException as error:
            raise ServiceError("the schema registry does not answer", detail=str(error)) from error

    def _good(self, answer: requests.Response) -> Mapping[str, Any]:
        if not answer.ok:
            raise ServiceError(f"the schema registry answers {answer.status_code}", detail=_words(answer))
        try:
            data = answer.json()
        except ValueError as error:
            raise ServiceError("the schema registry's answer is no JSON", detail=_words(answer)) from error
        assert isinstance(data, dict)
        return data


def _words(answer: requests.Response) -> str:
    """What a refusal says, without the JSON around it."""
    try:
        data = answer.json()
    except ValueError:
        return answer.text[:2000] or answer.reason
    message = data.get("message") if isinstance(data, dict) else None
    return str(message) if message else answer.text[:2000]
