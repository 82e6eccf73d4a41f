"""Who may see what, decided, enforced and recorded."""
