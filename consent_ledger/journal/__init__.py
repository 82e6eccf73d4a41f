"""Every accepted event and every disclosure of it, sealed under its participant's key."""
