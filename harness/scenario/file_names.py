"""How the files that users write are named."""

from __future__ import annotations

SCENARIOS = (".scenario.yaml", ".scenario.yml")
PIPELINES = (".pipeline.yaml", ".pipeline.yml")
