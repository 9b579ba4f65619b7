"""What a workflow itself has to say of a failure."""

from __future__ import annotations


class InputError(Exception):
    """A sentence for the user, in the user's language: what is wrong, and what to do."""


class Interrupted(Exception):
    """Work on the server stopped half-way: how far it came, in the user's language; the cause says why."""
