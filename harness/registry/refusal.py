"""The answers of a registry that says no: Confluent's status, error code and message for each reason."""

from __future__ import annotations


class Refusal(Exception):
    """A request that is answered with an error.

    Attributes:
        status: The HTTP status.
        code: Confluent's error code; its first three digits are mostly the status.
        message: What the client shows.
    """

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class InvalidSchema(Exception):
    """A text that is no schema of its type, and why."""


def subject_not_found(subject: str) -> Refusal:
    """No version of the subject is there."""
    return Refusal(404, 40401, f"Subject '{subject}' not found.")


def version_not_found(version: object) -> Refusal:
    """The subject has no such version."""
    return Refusal(404, 40402, f"Version {version} not found.")


def schema_not_found(which: object = None) -> Refusal:
    """No schema has this id, or the subject does not have this schema."""
    return Refusal(404, 40403, "Schema not found" if which is None else f"Schema {which} not found")


def subject_soft_deleted(subject: str) -> Refusal:
    """The subject was soft deleted, and is to be soft deleted again."""
    message = f"Subject '{subject}' was soft deleted.Set permanent=true to delete permanently"
    return Refusal(404, 40404, message)


def subject_not_soft_deleted(subject: str) -> Refusal:
    """The subject is to be deleted permanently before it was soft deleted."""
    return Refusal(404, 40405, f"Subject '{subject}' was not deleted first before being permanently deleted")


def version_soft_deleted(subject: str, version: int) -> Refusal:
    """The version was soft deleted, and is to be soft deleted again."""
    message = (
        f"Subject '{subject}' Version {version} was soft deleted.Set permanent=true to delete permanently"
    )
    return Refusal(404, 40406, message)


def version_not_soft_deleted(subject: str, version: int) -> Refusal:
    """The version is to be deleted permanently before it was soft deleted."""
    message = f"Subject '{subject}' Version {version} was not deleted first before being permanently deleted"
    return Refusal(404, 40407, message)


def no_own_compatibility(subject: str) -> Refusal:
    """The subject has no configuration of its own."""
    return Refusal(404, 40408, f"Subject '{subject}' does not have subject-level compatibility configured")


def no_own_mode(subject: str) -> Refusal:
    """The subject has no mode of its own."""
    return Refusal(404, 40409, f"Subject '{subject}' does not have subject-level mode configured")


def incompatible(subject: str, messages: list[str]) -> Refusal:
    """The schema breaks the subject's compatibility level."""
    details = ", ".join(messages)
    message = (
        "Schema being registered is incompatible with an earlier schema for subject "
        f'"{subject}", details: [{details}]'
    )
    return Refusal(409, 409, message)


def invalid_schema(message: str) -> Refusal:
    """The text is no schema, or a reference of it leads nowhere."""
    return Refusal(422, 42201, message)


def invalid_version(version: object) -> Refusal:
    """The version is neither a number from 1 nor `latest`."""
    message = (
        f"The specified version '{version}' is not a valid version id. "
        'Allowed values are between [1, 2^31-1] and the string "latest"'
    )
    return Refusal(422, 42202, message)


def invalid_compatibility() -> Refusal:
    """The level is none of Confluent's."""
    message = (
        "Invalid compatibility level. Valid values are none, backward, forward, full, "
        "backward_transitive, forward_transitive, and full_transitive"
    )
    return Refusal(422, 42203, message)


def invalid_mode() -> Refusal:
    """The mode is none of Confluent's."""
    message = "Invalid mode. Valid values are READWRITE, READONLY, READONLY_OVERRIDE, and IMPORT"
    return Refusal(422, 42204, message)


def not_permitted(message: str) -> Refusal:
    """The mode forbids it."""
    return Refusal(422, 42205, message)


def referenced(subject: str, version: int) -> Refusal:
    """Other schemas refer to the version that is to be deleted."""
    key = f"{{magic=1,keytype=SCHEMA,subject={subject},version={version}}}"
    return Refusal(422, 42206, f"One or more references exist to the schema {key}.")


def id_does_not_match(schema_id: int) -> Refusal:
    """The id that is imported belongs to another schema."""
    return Refusal(422, 42207, f"Overwrite new schema with id {schema_id} is not permitted.")


def invalid_subject(subject: str) -> Refusal:
    """The name can be no subject."""
    return Refusal(422, 42208, f"The specified subject '{subject}' is not a valid.")


def unprocessable(message: str) -> Refusal:
    """A body that is JSON, but not the one that is wanted."""
    return Refusal(422, 422, message)


def bad_request(message: str) -> Refusal:
    """A body that is no JSON, or a parameter that cannot be read."""
    return Refusal(400, 400, message)


def no_such_address() -> Refusal:
    """Nothing is served there."""
    return Refusal(404, 404, "HTTP 404 Not Found")


def wrong_method() -> Refusal:
    """Something is served there, but not with this method."""
    return Refusal(405, 405, "HTTP 405 Method Not Allowed")


def unauthorized() -> Refusal:
    """The user or the password is wrong or missing."""
    return Refusal(401, 401, "Unauthorized")


def internal_error(error: BaseException) -> Refusal:
    """A fault of the registry itself."""
    return Refusal(500, 50001, f"Error in the registry: {type(error).__name__}: {error}")
