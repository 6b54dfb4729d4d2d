"""Persistent buttons, menus and modals."""
