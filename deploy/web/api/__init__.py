"""JSON over HTTP: consent, the ledger's tree, the schema registry."""
