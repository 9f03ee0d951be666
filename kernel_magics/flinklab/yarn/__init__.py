"""YARN: its ResourceManager, Flink's client for it, and one to try it all on."""
