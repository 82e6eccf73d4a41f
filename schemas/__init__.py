"""The contract: event schemas, data categories, the codec, trays, identifiers. No network."""
