"""Downloads, the archive, and media processing in bounded child processes."""
