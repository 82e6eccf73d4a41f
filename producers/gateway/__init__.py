"""The door over HTTP, without HTTP: batches of events, and the requests that are kept for a day.

It runs at the hub. Who is asking is known before anything comes here: `deploy/web` sees to that.
"""
