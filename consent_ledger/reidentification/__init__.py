"""How far a pseudonymous tray can be joined with another, by somebody who reads both."""
