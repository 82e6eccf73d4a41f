"""The composition root: settings, wiring, the command nwd, the embedded Kafka and PostgreSQL."""
