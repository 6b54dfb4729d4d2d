"""The state of the line: who is held, why, and for how long."""
