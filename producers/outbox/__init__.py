"""The outbox: events that a provider's own system writes in a table, and a relay publishes.

The system writes a row in the transaction in which it changes its own data, so that there is no
change without its event and no event without its change. `relay` publishes the rows and marks them;
it runs beside that database, asks it again and again, and needs no replication slot, which would
keep the database's log on its disk for as long as nobody reads it.

`postgresql.sql`, `sqlite.sql` and `mariadb.sql` make the table, in the shape of Debezium's.
"""
