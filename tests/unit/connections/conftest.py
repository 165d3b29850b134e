from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.connections.registry_server import FakeRegistry, serving


@pytest.fixture
def server() -> Iterator[FakeRegistry]:
    with serving(FakeRegistry()) as registry:
        yield registry
