"""Who may do what in Discord."""
