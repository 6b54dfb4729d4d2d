"""Rights of members, moderators and the bot itself in Discord."""
