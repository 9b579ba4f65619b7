"""What is sent together of the local edits: which edits, of which layers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Optional

from ...client.espaceco.transactions import Action
from ...store.layer import Layer
from ...store.transactions import Sent
from .actions import Draft
from .described import Described
from .ground import Ground


@dataclass
class Target:
    """A layer, what is known of it, and where the account may edit it, None for everywhere."""

    layer: Layer
    described: Described
    ground: Optional[Ground] = None


@dataclass
class Item:
    """One edit that can be sent."""

    target: Target
    draft: Draft
    sent: Sent
    action: Action

    @property
    def key(self) -> Any:
        return self.draft.edit.key


Batch = list[Item]
"""What is sent together, in the order of a transaction."""


def by_layer(batch: Batch) -> Iterator[tuple[Layer, Batch]]:
    """The edits of each layer."""
    for layer in {item.sent.layer: item.target.layer for item in batch}.values():
        yield layer, [item for item in batch if item.sent.layer == layer.id]
