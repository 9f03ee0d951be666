"""What may stand where the caret is in a text of Flink SQL: pure, and for any text at all.

`place.place_at` says what is wanted there, `offers.offers` makes completions of it from what is known of tables,
columns, functions and variables (`known.Known`).
"""
