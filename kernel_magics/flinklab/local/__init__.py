"""The embedded Flink: a Java runtime, jars, and the processes of a JobManager, a TaskManager and a SQL Gateway."""
