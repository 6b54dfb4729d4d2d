"""The bot's side of Discord: client, rights, flows, texts, buttons and forms."""
