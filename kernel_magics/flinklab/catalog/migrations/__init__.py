"""The catalog's schema from one release to the next, with Alembic: run by `flinklab.catalog.lifecycle`."""
