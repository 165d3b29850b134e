"""A cluster that runs elsewhere: it is given jobs by its REST interface, and keeps nothing of them."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import ServiceError
from harness.launch.foreign_jobs import cancel_all
from harness.launch.process import Process
from harness.services.wear import Wear

SECONDS = 10.0


@dataclass(kw_only=True)
class AttachedCluster:
    """Somebody else's cluster.

    Attributes:
        note: The jobs that it was given.
    """

    rest: str
    note: Path
    inner: Any = None

    @property
    def processes(self) -> list[Process]:
        """None is ours."""
        return []

    @classmethod
    def attach(cls, rest: str, version: str, note: Path) -> AttachedCluster:
        """Look whether it can be used.

        Args:
            rest: The address of its REST interface.
            version: The Flink that is wanted, such as `1.20`.
            note: Where its jobs are noted.

        Raises:
            ServiceError: It does not answer, runs another Flink, or has no TaskManager.
        """
        try:
            with urllib.request.urlopen(f"{rest}/overview", timeout=SECONDS) as answer:
                found = json.load(answer)
                runs, task_managers = str(found["flink-version"]), int(found["taskmanagers"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ServiceError(
                f"no Flink answers at {rest}",
                detail=f"{rest}/overview: {error}",
                hint="the setting `layout` names the REST interface of a cluster that runs, as "
                "`http://localhost:8081`",
            ) from error
        if runs.split(".")[:2] != version.split("."):
            raise ServiceError(
                f"Flink {version} is wanted, and the cluster at {rest} runs {runs}",
                hint="name one of that version by the setting `layout`, or change the pipeline's `flink:`",
            )
        if not task_managers:
            raise ServiceError(f"the cluster at {rest} has no TaskManager", hint="start one")
        return cls(rest=rest, note=note)

    def kill(self, victim: str) -> None:
        """Refuse: it is not ours to kill."""
        raise ServiceError(f"{victim} of the cluster at {self.rest} is not ours to kill")

    def settle(self) -> None:
        """Nothing of it is replaced."""

    def wear(self) -> list[Wear]:
        """Nothing: whoever runs it looks after it."""
        return []

    def stop(self) -> None:
        """Cancel what it still runs of ours."""
        cancel_all(self.note)
