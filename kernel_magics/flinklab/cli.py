"""The command `flinklab`."""
