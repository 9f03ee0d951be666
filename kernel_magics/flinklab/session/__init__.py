"""A gateway session as a person uses it: the journal, the heartbeat, running statements and their results."""
