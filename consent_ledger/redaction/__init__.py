"""What an agreement shows of an event: categories closed, values made coarser, pseudonyms."""
