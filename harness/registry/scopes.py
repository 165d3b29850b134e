"""Configuration and modes: of a subject, of a context, and of the whole registry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.registry import refusal
from harness.registry.compatibility import LEVELS, POLICIES
from harness.registry.subject import GLOBAL, Subject

MODES = ("READWRITE", "READONLY", "READONLY_OVERRIDE", "IMPORT")
KEPT = (
    "alias",
    "normalize",
    "validateFields",
    "validateNames",
    "compatibilityPolicy",
    "compatibilityGroup",
    "defaultMetadata",
    "overrideMetadata",
    "defaultRuleSet",
    "overrideRuleSet",
)
"""What a configuration may hold beside its level."""


class Scopes:
    """What holds for which subjects; the nearest scope that says something wins."""

    def __init__(self, compatibility: str) -> None:
        self._default = {"compatibilityLevel": compatibility}
        self._configs: dict[Subject, dict[str, Any]] = {}
        self._modes: dict[Subject, str] = {}

    # Configuration

    def config(self, subject: Subject) -> dict[str, Any]:
        """What holds for a subject."""
        merged = dict(self._default)
        for scope in reversed(subject.scopes):
            merged.update(self._configs.get(scope, {}))
        return merged

    def own_config(self, scope: Subject) -> dict[str, Any]:
        """What a scope itself says.

        Raises:
            Refusal: Nothing.
        """
        if scope == GLOBAL:
            return self.config(GLOBAL)
        if scope not in self._configs:
            raise refusal.no_own_compatibility(str(scope))
        return dict(self._configs[scope])

    def configure(self, scope: Subject, body: Mapping[str, Any]) -> None:
        """Change what a scope says; what the body does not name stays.

        Raises:
            Refusal: The level is unknown, or the scope is read-only.
        """
        self.check_write(scope)
        changed = {key: body[key] for key in KEPT if body.get(key) is not None}
        level = body.get("compatibility")
        if level is not None:
            if not isinstance(level, str) or level.upper() not in LEVELS:
                raise refusal.invalid_compatibility()
            changed["compatibilityLevel"] = level.upper()
        policy = changed.get("compatibilityPolicy")
        if policy is not None:
            if not isinstance(policy, str) or policy.upper() not in POLICIES:
                raise refusal.Refusal(
                    422, 42203, "Invalid compatibility policy. Valid values are STRICT, LENIENT"
                )
            changed["compatibilityPolicy"] = policy.upper()
        self._configs[scope] = {**self._configs.get(scope, {}), **changed}

    def unconfigure(self, scope: Subject) -> dict[str, Any]:
        """Forget what a scope says, and return it.

        Raises:
            Refusal: It said nothing, or is read-only.
        """
        self.check_write(scope)
        if scope == GLOBAL:
            before = self.config(GLOBAL)
            self._configs.pop(GLOBAL, None)
            return before
        if scope not in self._configs:
            raise refusal.subject_not_found(str(scope))
        return self._configs.pop(scope)

    # Modes

    def mode(self, subject: Subject) -> str:
        """The mode that holds for a subject."""
        if self._modes.get(GLOBAL) == "READONLY_OVERRIDE":
            return "READONLY_OVERRIDE"
        return next((self._modes[scope] for scope in subject.scopes if scope in self._modes), "READWRITE")

    def own_mode(self, scope: Subject) -> str:
        """The mode that a scope itself has.

        Raises:
            Refusal: None.
        """
        if scope == GLOBAL:
            return self.mode(GLOBAL)
        if scope not in self._modes:
            raise refusal.no_own_mode(str(scope))
        return self._modes[scope]

    def set_mode(self, scope: Subject, mode: object, *, occupied: bool) -> str:
        """Give a scope a mode.

        Args:
            scope: A subject, a context or everything.
            mode: Its name.
            occupied: Whether there are schemas in it that an import could break.

        Raises:
            Refusal: The mode is unknown, or there are schemas in the way of an import.
        """
        if not isinstance(mode, str) or mode.upper() not in MODES:
            raise refusal.invalid_mode()
        if mode.upper() == "IMPORT" and occupied and self.mode(scope) != "IMPORT":
            raise refusal.not_permitted("Cannot import since found existing subjects")
        self._modes[scope] = mode.upper()
        return self._modes[scope]

    def unset_mode(self, scope: Subject) -> str:
        """Forget the mode of a scope, and return it.

        Raises:
            Refusal: It has none.
        """
        if scope == GLOBAL:
            return self._modes.pop(GLOBAL, "READWRITE")
        if scope not in self._modes:
            raise refusal.subject_not_found(str(scope))
        return self._modes.pop(scope)

    def forget(self, subject: Subject) -> None:
        """Forget what a subject that was deleted said."""
        self._configs.pop(subject, None)
        self._modes.pop(subject, None)

    # What they allow

    def check_write(self, subject: Subject) -> None:
        """Raise if nothing may change.

        Raises:
            Refusal: The scope is read-only.
        """
        if self.mode(subject).startswith("READONLY"):
            raise refusal.not_permitted(
                f"Subject {subject} in context {subject.context} is in read-only mode"
            )

    def check_register(self, subject: Subject, *, with_id: bool) -> bool:
        """Raise if no schema may be registered so; else whether it is an import.

        Raises:
            Refusal: The scope is read-only, or an id is given outside of an import, or none inside.
        """
        self.check_write(subject)
        importing = self.mode(subject) == "IMPORT"
        if with_id and not importing:
            raise refusal.not_permitted(
                f"Subject {subject} in context {subject.context} is not in import mode"
            )
        if importing and not with_id:
            raise refusal.not_permitted(
                f"Subject {subject} in context {subject.context} is not in read-write mode"
            )
        return importing
