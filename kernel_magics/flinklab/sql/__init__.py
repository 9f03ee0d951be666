"""Text of a cell to statements with their places; no judge of validity, which is the gateway."""
