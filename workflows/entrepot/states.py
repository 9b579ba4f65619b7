"""The states of what is in a datastore, in words; which ones there are: contract 2."""

from __future__ import annotations

from ...i18n import N_, _

STATES = {
    # executions and checks
    "CREATED": N_("declared"),
    "WAITING": N_("waiting for its turn"),
    "PROGRESS": N_("in progress"),
    "SUCCESS": N_("done"),
    "FAILURE": N_("failed"),
    "ABORTED": N_("aborted"),
    # deliveries and stored data
    "OPEN": N_("open for files"),
    "CHECKING": N_("being checked"),
    "CLOSED": N_("closed, checks passed"),
    "GENERATING": N_("being made"),
    "MODIFYING": N_("being changed"),
    "GENERATED": N_("ready for use"),
    "UNSTABLE": N_("unusable (unstable)"),
    "DELETED": N_("no longer there"),
    # offerings and configurations
    "PUBLISHING": N_("being published"),
    "PUBLISHED": N_("published, in service"),
    "SYNCHRONIZING": N_("being synchronised"),
    "UNPUBLISHING": N_("being unpublished"),
    "UNPUBLISHED": N_("not published"),
}


def state(status: str) -> str:
    """A status in words; one that nobody knows as it is."""
    return _(STATES.get(status, status))
