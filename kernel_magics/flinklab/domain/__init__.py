"""Values, states and errors: pure, no I/O, imports nothing of the other rooms."""
