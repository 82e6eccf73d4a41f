"""Every door in: the publisher and the importers that read what a provider already holds."""
