"""Webhooks: a recipient is told that its tray has something new, and comes for it.

A message says which tray and nothing else, so that nothing that is retracted later stands in
somebody's log of calls. It follows Standard Webhooks (standardwebhooks.com), signed by Ed25519: who
receives keeps no secret.
"""
