"""The contract: event schemas, data categories, the codec, trays, identifiers. No network."""

import schemas.compiled  # noqa: F401 - before any module that may be compiled
