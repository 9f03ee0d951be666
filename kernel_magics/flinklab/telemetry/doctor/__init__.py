"""What is wrong, where, since when, and what to do: rules over evidence. Pure."""
