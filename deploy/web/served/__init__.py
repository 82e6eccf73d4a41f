"""Pages that the bus serves to people: HTML that works without JavaScript, and sets no cookie."""
