"""The tables of the analytics: one PostgreSQL schema, which no other package reads.

They hold what the measures need and no more. The tray is pseudonymous: dates of birth come as the
first day of a five-year band, areas as boroughs, times as days. No column holds free text.
"""

from sqlalchemy import Column, Date, Double, MetaData, SmallInteger, Table, Text

from consumers.positions import position_table

metadata = MetaData(schema="analytics")

fact = Table(
    "fact",
    metadata,
    Column("participant", Text, primary_key=True, comment="the tray's own pseudonym"),
    Column("event_key", Text, primary_key=True, comment="the tray's own id of the event"),
    Column("event", Text, nullable=False, comment="referral, enrolment or outcome"),
    Column("stage", Text, nullable=False),
    Column("service_id", Text, nullable=False, comment="the service, <provider>.<service>"),
    Column("decline_reason", Text, comment="why it, or what was offered, was declined"),
    Column("programme", Text, comment="of the closed list, like every code here"),
    Column("borough", Text),
    Column("birth_band", SmallInteger, comment="the first year of the five-year band"),
    Column("on_day", Date, nullable=False, comment="when it happened"),
    Column("started_on", Date, comment="of an enrolment"),
    Column("outcome_category", Text, comment="EMP, EDU, VOL, QUAL, INT, GWK and so on"),
    Column("outcome_code", Text),
    Column("effective_on", Date, comment="the first day of an outcome"),
    Column("hours_per_week", Double),
    comment="one row an event of the hub's statistics tray",
)

position = position_table(metadata)
