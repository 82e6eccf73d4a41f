"""The filter: the one place that writes out-trays, one writer for each person."""
