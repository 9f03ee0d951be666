"""Adapters that speak HTTP: the SQL Gateway, the JobManager, and the transport under them."""
