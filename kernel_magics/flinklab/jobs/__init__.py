"""Managed jobs: versions and plans, promotion, restore points, and what to do next. I/O only through ports."""
