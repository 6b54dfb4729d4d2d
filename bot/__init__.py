"""pika-bot: Pika videos on Discord, with every paid result delivered and nothing paid twice."""

__version__ = "0.1.0"
