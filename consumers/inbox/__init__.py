"""A tray for a recipient without Kafka: pages from a place in it, and what stands in it as a table.

Whoever reads keeps the place, as a cursor, beside what it made of the records; the hub keeps none.
"""
