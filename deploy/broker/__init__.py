"""What the hub asks of Kafka beside the filter and the tray readers: topics, groups, in-trays."""
