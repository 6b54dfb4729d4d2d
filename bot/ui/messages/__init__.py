"""Reads messages that mention the bot."""
