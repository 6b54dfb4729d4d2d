"""The supply chain: lists what is shipped, and checks it. Nothing of this is part of the bot."""
