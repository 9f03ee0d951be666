"""A Jupyter workbench for Apache Flink."""
