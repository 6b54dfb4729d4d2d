"""The page to play with the bot: a channel like Discord's, and what the bot's books say."""

from sandbox.page.server import Page, open_page

__all__ = ["Page", "open_page"]
