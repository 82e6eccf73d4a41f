"""Kafka, PostgreSQL and the bus's programs on one machine, started and kept running."""
