"""What the core needs from outside. Adapters (`flink`, `catalog`) and the tests' twins fulfil these."""

from flinklab.ports.catalog import Definitions, Uses, Variables
from flinklab.ports.flink import JobManager, SqlGateway

__all__ = ["Definitions", "JobManager", "SqlGateway", "Uses", "Variables"]
