"""What a recipient does with its tray: the reader, the job passport, the analytics."""
