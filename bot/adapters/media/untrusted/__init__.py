"""Code that meets untrusted pictures and videos, for the bounded child processes only."""
