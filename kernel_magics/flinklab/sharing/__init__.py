"""Definitions that a team shares, brought into a session: only what a statement names, when it names it."""
