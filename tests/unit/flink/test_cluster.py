"""The client's end of a cluster."""

from __future__ import annotations

import gc
import logging

import pytest
from py4j.java_gateway import JavaObject

from harness.environment import FlinkEndpoint
from harness.flink.cluster import Cluster

GONE = FlinkEndpoint(
    layout="in-process",
    rest="http://127.0.0.1:1",
    gateway_port=1,
    gateway_token="token",
    version="1.20.3",
    jars=(),
    pyflink_bin="",
    environ={},
    python="python3",
    fork=False,
)


def test_what_a_dead_jvm_handed_out_is_forgotten_in_silence(caplog: pytest.LogCaptureFixture) -> None:
    cluster = Cluster(GONE)
    exception = JavaObject("o7", cluster._gateway._gateway_client)

    with caplog.at_level(logging.DEBUG):
        del exception
        gc.collect()
        cluster.close()

    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []
