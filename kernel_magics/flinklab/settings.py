"""Settings from the environment and from pyproject.toml."""
