"""What the hub does when asked: one use case a file, the same for every way of asking.

The command line, the HTTP API, the probe and the demo call these; none of them prints or parses.
"""
