"""The demo: a loopback Discord, a loopback fal, and a page to play with them."""
