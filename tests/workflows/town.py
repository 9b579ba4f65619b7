"""A store with group layers of a sandbox whose world tests may change: what is in it, whole and row by row."""

from __future__ import annotations

from geocollab.store.database import quoted
from geocollab.store.store import Store
from geocollab.workflows.layers.catalogue import catalogue
from geocollab.workflows.layers.load_layers import load_layers
from tests.workflows.group_rows import Guichet


class Town(Guichet):
    """A sandbox and a store; what the group has is read once for each user, and anew when the world has changed."""

    known: dict = {}

    changed = False

    def change(self, change, **members):
        """Change the world behind everybody's back."""
        self.changed = True
        self.known.clear()
        self.process.change(change, **members)

    def restore(self):
        """The world as it was described."""
        if self.changed:
            self.changed = False
            self.known.clear()
            self.process.reset_world()

    def entries_for(self, api, user="membre"):
        """The layers of community 375 by code."""
        if (self.url, user) not in self.known:
            self.known[self.url, user] = {entry.code: entry for entry in catalogue(api, 375).entries}
        return self.known[self.url, user]

    def bring(self, *codes, user="membre", zone=None, watch=None, cancelled=lambda: False):
        """Load these layers, all if none is named."""
        self.process.clear_journal()
        api = self.api(cancelled, self.process.token(user))
        with api.session, Store(self.path) as store:
            found = self.entries_for(api, user)
            chosen = [found[code] for code in codes] if codes else list(found.values())
            return load_layers(api, store, chosen, zone=zone, watch=watch)

    def ids(self, code):
        """Row ids by key."""
        layer = self.layer(code)
        return dict(self.sql(code, f"SELECT {quoted(layer.local_key)}, geocollab_id FROM {{t}}"))

    def dump(self, code=None):
        """All rows of the file, or what it has of a layer; and that it is whole."""
        with Store(self.path) as store:
            assert store.one("PRAGMA integrity_check") == "ok"
            layers = store.layers.all()
            for layer in layers:
                if layer.geometry:
                    assert store.one("SELECT CheckSpatialIndex(?, ?)", (layer.local_table, layer.local_geometry)) == 1
            if code:
                (layer,) = [layer for layer in layers if code == f"{layer.database_name}:{layer.table_name}"]
                tables = [layer.local_table, *(f"geocollab_{side}_{layer.id}" for side in ("base", "theirs", "sent"))]
                return layer, [store.all(f"SELECT * FROM {quoted(table)}") for table in tables]
            # what SpatiaLite notes for itself, systems it knows and when it did what, is nobody's content
            own = "name GLOB 'idx_*' OR name GLOB '*patial*' OR name GLOB 'sqlite_*' OR name GLOB '*KNN*'"
            names = store.all(f"SELECT name FROM sqlite_master WHERE type = 'table' AND NOT ({own}) ORDER BY 1")
            return {name: store.all(f"SELECT * FROM {quoted(name)}") for (name,) in names}
