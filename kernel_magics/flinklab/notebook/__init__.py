"""Magics, widgets and pictures: the only room that knows IPython."""
