"""Reading messages that mention the bot."""
