"""What a person reads in a browser or prints: words in plain English, and one template a page."""
