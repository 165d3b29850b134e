"""Calls into Flink's JVM: what can go wrong with one, in our own words."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from py4j.protocol import Py4JError, Py4JJavaError

from harness.errors import ServiceError


@contextlib.contextmanager
def java_call() -> Iterator[None]:
    """Turn what py4j raises into errors of ours.

    Raises:
        FileNotFoundError: The call looked for a file that is not there.
        ServiceError: It failed, or nobody answers.
    """
    try:
        yield
    except Py4JJavaError as error:
        text = str(error.java_exception.toString())
        if "FileNotFoundException" in text or "NoSuchFileException" in text:
            raise FileNotFoundError(text) from error
        raise ServiceError("a call into Flink's JVM failed", detail=text) from error
    except (Py4JError, OSError) as error:
        raise ServiceError("Flink's JVM does not answer", detail=str(error)) from error
