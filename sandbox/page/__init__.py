"""The page to play with the bot: a channel like Discord's, and the bot's books."""

from sandbox.page.server import Page, open_page

__all__ = ["Page", "open_page"]
