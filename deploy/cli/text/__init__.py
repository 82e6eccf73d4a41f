"""What commands print for a person to read."""
