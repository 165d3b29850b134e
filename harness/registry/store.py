"""One registry's schemas: subjects, versions and ids, and what may be registered and deleted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from harness.registry import refusal
from harness.registry.compatibility import incompatibilities
from harness.registry.content import Content
from harness.registry.parsed import Named, Parsed, parse
from harness.registry.refusal import InvalidSchema
from harness.registry.scopes import Scopes
from harness.registry.subject import DEFAULT, EVERYWHERE, Subject

LATEST = -1


@dataclass(slots=True)
class Version:
    """One version of a subject."""

    subject: Subject
    number: int
    id: int
    deleted: bool = False


@dataclass(slots=True)
class Context:
    """A space of ids.

    Attributes:
        contents: What each id stands for.
        ids: The id of each content, by its key.
        most: The highest id that was ever given.
    """

    contents: dict[int, Content] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    most: int = 0


class Store:
    """A registry that begins empty.

    Attributes:
        scopes: Configuration and modes.
    """

    def __init__(self, compatibility: str = "BACKWARD") -> None:
        self.scopes = Scopes(compatibility)
        self._contexts: dict[str, Context] = {DEFAULT: Context()}
        self._subjects: dict[Subject, list[Version]] = {}

    # What is there

    def contexts(self) -> list[str]:
        """The names of all contexts."""
        return sorted(self._contexts)

    def subjects(
        self, prefix: str = EVERYWHERE, *, deleted: bool = False, only: bool = False
    ) -> list[Subject]:
        """The subjects whose names begin with a prefix.

        Args:
            prefix: `:*:` stands for all contexts.
            deleted: Also those that were soft deleted.
            only: These alone.
        """
        found = []
        begin = prefix.removeprefix(EVERYWHERE)
        for subject, versions in self._subjects.items():
            name = subject.name if prefix.startswith(EVERYWHERE) else str(subject)
            alive = any(not version.deleted for version in versions)
            if name.startswith(begin) and (not alive if only else alive or deleted):
                found.append(subject)
        return sorted(found)

    def versions(self, subject: Subject, *, deleted: bool = False, only: bool = False) -> list[Version]:
        """The versions of a subject, oldest first.

        Raises:
            Refusal: It has none.
        """
        versions = self._subjects.get(subject, [])
        found = [v for v in versions if (v.deleted if only else deleted or not v.deleted)]
        if not found:
            raise refusal.subject_not_found(str(subject))
        return found

    def version(self, subject: Subject, number: int, *, deleted: bool = False) -> Version:
        """One version of a subject, or the last one for `LATEST`.

        Raises:
            Refusal: There is none.
        """
        versions = self.versions(subject, deleted=deleted)
        if number == LATEST:
            return versions[-1]
        for version in versions:
            if version.number == number:
                return version
        raise refusal.version_not_found(number)

    def content(self, version: Version) -> Content:
        """What a version holds."""
        return self._contexts[version.subject.context].contents[version.id]

    def by_id(self, schema_id: int, subject: Subject | None = None) -> tuple[Subject, Content]:
        """What an id stands for: in the subject's context, else where the subject has it.

        Raises:
            Refusal: Nothing.
        """
        home = subject.context if subject else DEFAULT
        for name in (home, *(self._contexts if subject and home == DEFAULT and subject.name else ())):
            content = self._contexts.get(name, Context()).contents.get(schema_id)
            if content is None:
                continue
            holders = self._subjects.get(Subject(name, subject.name), []) if subject else []
            if name == home or any(version.id == schema_id for version in holders):
                return Subject(name, ""), content
        raise refusal.schema_not_found(schema_id)

    def by_guid(self, guid: str) -> Iterator[tuple[str, int, Content]]:
        """Context, id and content of a guid, in every context that has it."""
        for name, context in self._contexts.items():
            for schema_id, content in context.contents.items():
                if content.guid == guid:
                    yield name, schema_id, content

    def most(self, context: str) -> int:
        """The highest id of a context."""
        return self._contexts[context].most

    def holders(self, context: str, schema_id: int, *, deleted: bool = False) -> list[Version]:
        """The versions that an id has."""
        return [
            version
            for subject in sorted(self._subjects)
            for version in self._subjects[subject]
            if subject.context == context and version.id == schema_id and (deleted or not version.deleted)
        ]

    def all_versions(
        self, prefix: str = EVERYWHERE, *, deleted: bool = False, latest: bool = False
    ) -> list[Version]:
        """The versions of all subjects whose names begin with a prefix."""
        found: list[Version] = []
        for subject in self.subjects(prefix, deleted=deleted):
            versions = self.versions(subject, deleted=deleted)
            found += versions[-1:] if latest else versions
        return found

    def referrers(self, version: Version) -> list[int]:
        """The ids of the schemas that refer to a version and are not deleted."""
        found = set()
        for subject, versions in self._subjects.items():
            for other in versions:
                if not other.deleted and any(
                    Subject.parse(reference.subject, subject.context) == version.subject
                    and reference.version in {version.number, LATEST}
                    for reference in self.content(other).references
                ):
                    found.add(other.id)
        return sorted(found)

    # What a schema means

    def parsed(self, content: Content, context: str) -> Parsed:
        """A content, understood with all that it refers to.

        Raises:
            Refusal: It is no schema, or a reference of it leads nowhere.
        """
        try:
            return parse(content.kind, content.text, tuple(self._referenced(content, context, set())))
        except InvalidSchema as error:
            references = [
                f"{{name='{r.name}', subject='{r.subject}', version={r.version}}}" for r in content.references
            ]
            raise refusal.invalid_schema(
                f"Invalid schema {content.text} with refs [{', '.join(references)}] "
                f"of type {content.kind}, details: {error}"
            ) from error

    def _referenced(self, content: Content, context: str, seen: set[tuple[Subject, int]]) -> Iterator[Named]:
        """What a content refers to, and what that refers to, first what others need."""
        for reference in content.references:
            subject = Subject.parse(reference.subject, context)
            try:
                version = self.version(subject, reference.version, deleted=True)
            except refusal.Refusal:
                raise InvalidSchema(
                    f'No schema reference found for subject "{reference.subject}" '
                    f"and version {reference.version}"
                ) from None
            if (subject, version.number) not in seen:
                seen.add((subject, version.number))
                other = self.content(version)
                yield from self._referenced(other, subject.context, seen)
                yield reference.name, other.text

    # What may be registered

    def stored_form(self, subject: Subject, content: Content, *, normalize: bool) -> Content:
        """The content with the text that is stored and compared.

        Raises:
            Refusal: It is no schema.
        """
        understood = self.parsed(content, subject.context)
        normalize = normalize or self.scopes.config(subject).get("normalize") is True
        return replace(content, text=understood.normalized if normalize else understood.text)

    def find(self, subject: Subject, content: Content, *, deleted: bool = False) -> Version | None:
        """The newest version of a subject that has this content; who names no metadata means any."""
        understood = self.parsed(content, subject.context)
        for version in reversed(self._subjects.get(subject, [])):
            if version.deleted and not deleted:
                continue
            held = self.content(version)
            if held.key == content.key:
                return version
            if content.plain and held.kind == content.kind:
                other = self.parsed(held, subject.context)
                if other.formatted("resolved") == understood.formatted("resolved"):
                    return version
        return None

    def register(
        self,
        subject: Subject,
        content: Content,
        *,
        number: int = 0,
        schema_id: int = -1,
        normalize: bool = False,
    ) -> Version:
        """Make a content a version of a subject; the one that has it already is returned.

        Args:
            subject: Its subject.
            content: The schema.
            number: The version that it must get, or 0.
            schema_id: The id that it must get, or -1; in mode IMPORT only.
            normalize: Whether its normalized text is stored.

        Raises:
            Refusal: It is no schema, or the mode or the compatibility level forbids it.
        """
        importing = self.scopes.check_register(subject, with_id=schema_id >= 0)
        content = self.stored_form(subject, content, normalize=normalize)
        if not importing:
            content = self._completed(subject, content)
        if number <= 0:
            found = self.find(subject, content)
            if found is not None and schema_id in {-1, found.id}:
                return found
        versions = self._subjects.get(subject, [])
        following = versions[-1].number + 1 if versions else 1
        if not importing:
            self._check_compatible(subject, content)
            if number > 0 and number != following:
                raise refusal.invalid_schema("Version is not one more than previous version")
        context = self._contexts.setdefault(subject.context, Context())
        given = self._identify(context, content, schema_id)
        version = Version(subject, number if number > 0 else following, given)
        held = self._subjects.setdefault(subject, [])
        held[:] = sorted([*(v for v in held if v.number != version.number), version], key=lambda v: v.number)
        return version

    @staticmethod
    def _identify(context: Context, content: Content, schema_id: int) -> int:
        """The id of a content in its context, given now if it has none."""
        if schema_id >= 0:
            held = context.contents.get(schema_id)
            if held is not None and held.key != content.key:
                raise refusal.id_does_not_match(schema_id)
            given = schema_id
        else:
            given = context.ids.get(content.key, context.most + 1)
        context.contents[given] = content
        context.ids.setdefault(content.key, given)
        context.most = max(context.most, given)
        return given

    def _completed(self, subject: Subject, content: Content) -> Content:
        """With what the configuration and the version before say about metadata and rules."""
        config = self.scopes.config(subject)
        alive = [v for v in self._subjects.get(subject, []) if not v.deleted]
        before = self.content(alive[-1]) if alive else None
        metadata = content.metadata or (before.metadata if before else None)
        rules = content.rules or (before.rules if before else None)
        return replace(
            content,
            metadata=_merged(config.get("defaultMetadata"), metadata, config.get("overrideMetadata")),
            rules=_merged(config.get("defaultRuleSet"), rules, config.get("overrideRuleSet")),
        )

    def _check_compatible(self, subject: Subject, content: Content) -> None:
        alive = [v for v in self._subjects.get(subject, []) if not v.deleted]
        messages = self.compare(subject, content, alive)
        if messages:
            raise refusal.incompatible(str(subject), messages)

    def compare(self, subject: Subject, content: Content, versions: list[Version]) -> list[str]:
        """What the subject's compatibility level has against a content after these versions.

        Raises:
            Refusal: It is no schema.
        """
        new = self.parsed(content, subject.context)
        config = self.scopes.config(subject)
        group = config.get("compatibilityGroup")
        earlier = [(version.number, self.content(version)) for version in versions]
        if group:
            earlier = [(n, c) for n, c in earlier if _in_group(c, group) == _in_group(content, group)]
        return incompatibilities(
            config["compatibilityLevel"],
            new,
            [(number, self.parsed(other, subject.context)) for number, other in earlier],
            lenient=config.get("compatibilityPolicy") == "LENIENT",
        )

    # What may be deleted

    def delete_subject(self, subject: Subject, *, permanent: bool) -> list[int]:
        """Delete all versions of a subject: first softly, then for good.

        Raises:
            Refusal: It is not there, was or was not soft deleted, is referred to, or is read-only.
        """
        self.scopes.check_write(subject)
        versions = self.versions(subject, deleted=True)
        alive = [version for version in versions if not version.deleted]
        if permanent and alive:
            raise refusal.subject_not_soft_deleted(str(subject))
        if not permanent and not alive:
            raise refusal.subject_soft_deleted(str(subject))
        concerned = versions if permanent else alive
        for version in concerned:
            self._check_unreferenced(version)
        for version in concerned:
            self._remove(version, permanent=permanent)
        self.scopes.forget(subject)
        return [version.number for version in concerned]

    def delete_version(self, subject: Subject, number: int, *, permanent: bool) -> int:
        """Delete one version: first softly, then for good.

        Raises:
            Refusal: As with a whole subject.
        """
        self.scopes.check_write(subject)
        version = self.version(subject, number, deleted=number != LATEST or permanent)
        if permanent and not version.deleted:
            raise refusal.version_not_soft_deleted(str(subject), version.number)
        if not permanent and version.deleted:
            raise refusal.version_soft_deleted(str(subject), version.number)
        self._check_unreferenced(version)
        self._remove(version, permanent=permanent)
        if all(v.deleted for v in self._subjects.get(subject, [])):
            self.scopes.forget(subject)
        return version.number

    def _check_unreferenced(self, version: Version) -> None:
        if self.referrers(version):
            raise refusal.referenced(str(version.subject), version.number)

    def _remove(self, version: Version, *, permanent: bool) -> None:
        version.deleted = True
        if not permanent:
            return
        left = self._subjects[version.subject]
        left.remove(version)
        if not left:
            del self._subjects[version.subject]
        home = version.subject.context
        if not self.holders(home, version.id, deleted=True):
            context = self._contexts[home]
            gone = context.contents.pop(version.id)
            if context.ids.get(gone.key) == version.id:
                del context.ids[gone.key]


def _merged(*parts: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Later parts win; objects in them are merged, too."""
    out: dict[str, Any] = {}
    for part in parts:
        for key, value in (part or {}).items():
            held = out.get(key)
            out[key] = {**held, **value} if isinstance(held, dict) and isinstance(value, dict) else value
    return out or None


def _in_group(content: Content, group: str) -> object:
    properties = (content.metadata or {}).get("properties")
    return properties.get(group) if isinstance(properties, dict) else None
