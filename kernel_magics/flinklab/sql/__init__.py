"""Cell text to statements with places. Tolerant: whether a statement is valid, only the gateway says."""
