"""Discord, as commands and pipeline both need it."""
