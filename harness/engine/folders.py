"""The folders of one run: where its sources of files, and of rows in memory, are, and what was laid there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from harness.codecs.moments import Moment
from harness.engine.jobs import Jobs
from harness.environment import Grant
from harness.errors import JobError
from harness.inputs import files as file_input
from harness.inputs import memory as memory_input
from harness.inputs.files import Laid
from harness.location import Location
from harness.plan import Plan, folder_of
from harness.rows import Rows
from harness.scenario.model import Place, System

IN_FOLDERS = (System.FOLDER, System.MEMORY)
"""The sources whose rows are laid into a folder as files."""


class Folders:
    """The folders of the sources; those of sinks are the job's to make."""

    def __init__(self, plan: Plan, grant: Grant) -> None:
        self._plan = plan
        self._laid: dict[str, Laid] = {}
        for name, place in plan.pipeline.sources.items():
            if place.system in IN_FOLDERS:
                folder = folder_of(plan, grant, place)
                folder.mkdir(parents=True, exist_ok=True)
                self._laid[name] = Laid(folder=folder, workshop=folder.parent / f".{folder.name}")

    @property
    def files(self) -> list[str]:
        """Every file that was laid into a folder."""
        return file_input.paths(self._laid.values())

    def check_read(self, jobs: Jobs) -> None:
        """Raise if no job reads a folder, as their graphs say.

        Raises:
            JobError: The first such folder.
        """
        folders: Mapping[str, Path] = {name: laid.folder for name, laid in self._laid.items()}
        for name in jobs.unread(folders):
            raise JobError(
                f"no source of the job reads the folder of `{name}`",
                detail=f"it is {folders[name]}",
                hint=f"does the job use the path that the pipeline gives it, `${{sources.{name}.name}}`?",
                location=self._plan.pipeline.job.location,
            )

    def lay(self, place: Place, rows: Rows, clock: Moment) -> None:
        """Write rows into the folder of a source.

        Raises:
            InputError: They cannot be written as they are.
        """
        write = file_input.lay if place.system is System.FOLDER else memory_input.lay
        write(place, rows, clock, self._laid[place.name])

    def let_pass(self, place: Place, moment_ms: int) -> None:
        """Let the event time of a source in memory reach a moment."""
        memory_input.let_pass(place, moment_ms, self._laid[place.name])

    def check_late(self, source: str, jobs: Jobs, location: Location) -> None:
        """Raise if rows would come too late: every job that reads the folder has listed its files already.

        Raises:
            JobError: The folder is read once.
        """
        if jobs.reads_once(self._laid[source].folder):
            raise JobError(
                f"the job lists the files of `{source}` once, when it starts, and never sees later ones",
                hint="send these rows under `given`, or let the job look for new files: "
                "`source.monitor-interval`, `monitor_continuously`",
                location=location,
            )
