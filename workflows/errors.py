"""What is wrong with what the user asked for."""

from __future__ import annotations


class InputError(Exception):
    """A sentence for the user, in the user's language: what is wrong, and what to do."""
