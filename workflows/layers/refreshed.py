"""What a refresh of group layers did: numbers, a table, a page, the lines of the log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Optional

from ...i18n import N_, _, ngettext
from ...store.layer import Layer
from ...store.layers import Changes
from ..pages.report import Fact, Report, Section, Table, Tag
from .choosing import code_of
from .described import described

COLUMNS = (
    ("layer", "text"),
    ("title", "text"),
    ("outcome", "text"),
    ("count", "integer"),
    ("created", "integer"),
    ("updated", "integer"),
    ("unchanged", "integer"),
    ("removed", "integer"),
    ("merged", "integer"),
    ("conflicts", "integer"),
    ("problem", "text"),
)
OUTCOMES = {
    "unchanged": N_("nothing new"),
    "changed": N_("refreshed"),
    "failed": N_("failed, as it was before"),
}
_TONES = {"unchanged": "muted", "changed": "good", "failed": "bad"}


@dataclass
class RefreshedLayer:
    """What became of one layer. `count` objects are here now; `conflicts` wait for a decision.

    `changes` is None if nothing was read, `why` the sentence for the `error` that left the layer as it was.
    """

    layer: Layer
    changes: Optional[Changes] = None
    count: int = 0
    conflicts: int = 0
    conflicts_before: int = 0
    error: Optional[Exception] = None
    why: str = ""

    @property
    def code(self) -> str:
        return code_of(self.layer)

    @property
    def title(self) -> str:
        return described(self.layer).table.title

    @property
    def did(self) -> Changes:
        return self.changes or Changes()

    @property
    def outcome(self) -> str:
        """A code of `OUTCOMES`."""
        if self.error is not None:
            return "failed"
        did, clash = self.did, self.conflicts != self.conflicts_before
        return "changed" if did.created or did.changed or did.removed or did.merged or clash else "unchanged"

    @property
    def unchanged(self) -> int:
        """How many of its objects are as they were."""
        return max(0, self.count - self.did.created - self.did.changed - self.did.merged)

    def row(self) -> tuple[Any, ...]:
        """The row of `COLUMNS`."""
        did = self.did
        figures = (self.count, did.created, did.changed, self.unchanged, did.removed, did.merged, self.conflicts)
        return self.code, self.title, self.outcome, *figures, self.why


@dataclass
class Refreshed:
    """The layers in the order of the store, and how many requests were sent for them."""

    layers: list[RefreshedLayer]
    requests: int = 0
    warnings: list[str] = field(default_factory=list)

    def total(self, name: str) -> int:
        """The sum of one of the numbers of `Changes` over all layers."""
        return sum(getattr(layer.did, name) for layer in self.layers)

    def of_outcome(self, outcome: str) -> int:
        return sum(layer.outcome == outcome for layer in self.layers)

    @property
    def conflicts(self) -> int:
        return sum(layer.conflicts for layer in self.layers)

    def numbers(self) -> dict[str, int]:
        """The figures of the operation."""
        return {
            "COUNT": len(self.layers),
            "CHANGED_LAYER_COUNT": self.of_outcome("changed"),
            "CREATED_COUNT": self.total("created"),
            "UPDATED_COUNT": self.total("changed"),
            "REMOVED_COUNT": self.total("removed"),
            "UNCHANGED_COUNT": sum(layer.unchanged for layer in self.layers),
            "MERGED_COUNT": self.total("merged"),
            "CONFLICT_COUNT": self.conflicts,
            "FAILED_COUNT": self.of_outcome("failed"),
            "REQUEST_COUNT": self.requests,
        }

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows of `COLUMNS`."""
        return (layer.row() for layer in self.layers)

    def lines(self) -> Iterator[str]:
        """The summary for the log."""
        for layer in self.layers:
            if layer.outcome == "changed":
                yield _("{layer}: {created} new, {updated} updated, {removed} removed, {merged} merged.").format(
                    layer=layer.title,
                    created=layer.did.created,
                    updated=layer.did.changed,
                    removed=layer.did.removed,
                    merged=layer.did.merged,
                )
        sentence = _(
            "Layers refreshed: {changed}; with nothing new: {unchanged}; failed: {failed}. Requests: {requests}."
        )
        yield sentence.format(
            changed=self.of_outcome("changed"),
            unchanged=self.of_outcome("unchanged"),
            failed=self.of_outcome("failed"),
            requests=self.requests,
        )
        if sentence := self.about_edits():
            yield sentence

    def about_edits(self) -> str:
        """What became of local edits; "" if the server changed none of their rows."""
        merged, conflicts = self.total("merged"), self.conflicts
        said = []
        if merged:
            sentence = ngettext(
                "{n} pending edit was merged with what others changed.",
                "{n} pending edits were merged with what others changed.",
                merged,
            )
            said.append(sentence.format(n=merged))
        if conflicts:
            sentence = ngettext(
                "{n} conflict: open it with “Resolve conflicts”.",
                "{n} conflicts: open them with “Resolve conflicts”.",
                conflicts,
            )
            said.append(sentence.format(n=conflicts))
        return " ".join(said)

    def report(self) -> Report:
        """The summary as a page."""
        failed = self.of_outcome("failed")
        facts = [
            Fact(_("layers"), len(self.layers)),
            Fact(_("new"), self.total("created"), tone="good"),
            Fact(_("updated"), self.total("changed")),
            Fact(_("removed"), self.total("removed")),
            Fact(_("conflicts"), self.conflicts, tone="warning" if self.conflicts else ""),
            Fact(_("failed"), failed, tone="bad" if failed else ""),
        ]
        names = [_("Layer"), _("Outcome"), _("Objects"), _("New"), _("Updated"), _("Removed"), _("Merged")]
        rows = []
        for layer in self.layers:
            did, tag = layer.did, Tag(_(OUTCOMES[layer.outcome]), _TONES[layer.outcome])
            figures = (layer.count, did.created, did.changed, did.removed, did.merged, layer.conflicts)
            rows.append((layer.title, tag, *figures))
        table = Table(columns=[*names, _("Conflicts")], rows=rows, kinds=("text", "text", *["number"] * 6))
        return Report(
            title=_("Group layers refreshed"),
            subtitle=", ".join(dict.fromkeys(described(layer.layer).community_name for layer in self.layers)),
            facts=facts,
            sections=[Section(title=_("Layers"), text=self.about_edits(), table=table)],
            warnings=self.warnings,
        )
