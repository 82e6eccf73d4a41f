"""The tables of every package: what an erasure reads back, and what the migrations must make."""

from typing import Final

from consent_ledger.tables import consent, credentials, delivery, register, rights
from consent_ledger.tables import metadata as ledger
from consent_ledger.tables import transparency_log as log
from consumers.analytics.tables import metadata as analytics
from consumers.inbox.tables import metadata as inbox
from consumers.passport.tables import metadata as passport
from consumers.prefill.tables import metadata as prefill
from consumers.webhooks.tables import metadata as webhooks
from deploy.directory.tables import metadata as directory
from producers.gateway.tables import metadata as gateway
from producers.snapshots.tables import metadata as snapshots
from producers.uploads.tables import metadata as uploads

# Importing the ledger's modules is what puts their tables into its metadata.
__all__ = ["METADATA", "consent", "credentials", "delivery", "log", "register", "rights"]

METADATA: Final = [
    ledger,
    passport,
    analytics,
    prefill,
    inbox,
    webhooks,
    snapshots,
    uploads,
    directory,
    gateway,
]
