"""Data to figures. Knows plotly and not IPython."""
