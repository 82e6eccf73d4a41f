"""The tables of the consent ledger: one PostgreSQL schema, which no other package reads."""

from sqlalchemy import MetaData

metadata = MetaData(schema="ledger")
