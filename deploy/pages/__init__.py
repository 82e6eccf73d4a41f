"""What a person reads in a browser, on paper or on a terminal: plain words, templates, tables."""
