"""The bus's secrets as files: pepper, journal keys, signing key and the API's token."""
