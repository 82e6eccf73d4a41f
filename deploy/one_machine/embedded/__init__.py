"""A real Apache Kafka and a real PostgreSQL as child processes, from wheels and pinned jars."""
