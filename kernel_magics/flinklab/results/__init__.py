"""Result pages to a table: decoding, the window, the current table of a changelog."""
