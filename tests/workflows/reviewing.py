"""Group layers in a store, edited here and by somebody else there, for tests of what one sees and decides of that."""

import itertools
import shutil

from geocollab.store.store import Store
from geocollab.workflows.layers.discard_edits import discard_edits
from geocollab.workflows.layers.pending_edits import pending_edits
from geocollab.workflows.layers.resolve_conflicts import resolve_conflicts
from tests.workflows.downloads import Heard
from tests.workflows.group_rows import CANTONS, PARCELS, PHARMACIES, ROADS, Guichet

TYPES, PLAIN, POSTS = "demo_guichet:Tous les types (été)", "demo_guichet:sans_geometrie", "suivi_terrain:bornes"
ANY_3D, COLLECTIONS = "suivi_terrain:geo_geometry_3d", "suivi_terrain:geo_geometrycollection_2d"
CODES = (CANTONS, PARCELS, PHARMACIES, ROADS, TYPES, PLAIN, POSTS, ANY_3D, COLLECTIONS)
_numbers = itertools.count(1)


class Review(Guichet):
    """A store of one's own. What tests do on the server stays there: none is given a key that another one used so."""

    used: set = set()

    def __init__(self, process, path):
        super().__init__(process, path)
        self.given = set()

    @classmethod
    def copy(cls, template, folder):
        """The same layers in a file of its own."""
        path = folder / f"review-{next(_numbers)}.sqlite"
        shutil.copy(template.path, path)
        return cls(template.process, path)

    def keys(self, code, count=1):
        """Keys of objects that nobody has touched."""
        named = ((self.url, code, key) for key in sorted(self.local(code).keys() - {None}))
        found = list(itertools.islice((each for each in named if each not in self.used | self.given), count))
        self.given |= set(found)
        return [key for _url, _code, key in found]

    def edit(self, code, key, **values):
        """Change an object here; a value `{"sql": …}` is an expression."""
        layer = self.layer(code)
        local = {column.name: column.local for column in layer.columns}
        terms = [f'"{local[n]}" = {v["sql"] if isinstance(v, dict) else "?"}' for n, v in values.items()]
        bound = [value for value in values.values() if not isinstance(value, dict)]
        self.sql(code, f'UPDATE {{t}} SET {", ".join(terms)} WHERE "{layer.local_key}" = ?', [*bound, key])

    def remove(self, code, key):
        self.sql(code, f'DELETE FROM {{t}} WHERE "{self.layer(code).local_key}" = ?', [key])

    def row(self, code, key):
        """The id of an object in the store."""
        ((row,),) = self.sql(code, f'SELECT geocollab_id FROM {{t}} WHERE "{self.layer(code).local_key}" = ?', [key])
        return row

    def there(self, code, key, **values):
        """Somebody else changes an object; without values, deletes it."""
        layer = self.layer(code)
        self.used.add((self.url, code, key))
        self.write(code, ("Update" if values else "Delete", {layer.key: key, **values}))

    def clash(self):
        """A parcel with a conflict in `commentaire`, its `etage` changed here and its `numero` there; gives the key."""
        (key,) = self.keys(PARCELS)
        self.edit(PARCELS, key, commentaire="mine", etage=7)
        self.there(PARCELS, key, commentaire="theirs", numero="T-1")
        self.refresh(PARCELS)
        assert ("update", key, True) in self.edits(PARCELS)
        return key

    def clashes(self):
        """Parcels with a conflict: as `clash`, one deleted here, one deleted there; gives their keys."""
        changed, here, there = keys = self.keys(PARCELS, 3)
        self.edit(PARCELS, changed, commentaire="mine", etage=7)
        self.remove(PARCELS, here)
        self.edit(PARCELS, there, commentaire="mine")
        self.used |= {(self.url, PARCELS, key) for key in keys}
        self.write(
            PARCELS,
            ("Update", {"id": changed, "commentaire": "theirs", "numero": "T-1"}),
            ("Update", {"id": here, "commentaire": "theirs"}),
            ("Delete", {"id": there}),
        )
        self.refresh(PARCELS)
        return keys

    def base(self, key):
        """The comment that the server first gave of a parcel that was edited."""
        layer = self.layer(PARCELS)
        ((value,),) = self.sql(PARCELS, f"SELECT commentaire FROM geocollab_base_{layer.id} WHERE id = ?", [key])
        return value

    def chosen(self, *codes, rows=None):
        with Store(self.path) as store:
            return [(layer, rows) for layer in store.layers.all() if not codes or _code(layer) in codes]

    def pending(self, *codes, rows=None):
        """The pending edits, with a store that stays open."""
        return pending_edits(Store(self.path), self.chosen(*codes, rows=rows))

    def discard(self, *codes, rows=None, watch=None, **how):
        with Store(self.path) as store, discard_edits(store, self.chosen(*codes, rows=rows), watch=watch, **how) as d:
            return list(d.rows(exact=True)), d.numbers()

    def resolve(self, strategy="show", *codes, rows=None, watch=None, **how):
        """As `resolve_conflicts`, with a store that stays open for the page."""
        store = Store(self.path)
        return resolve_conflicts(store, self.chosen(*codes, rows=rows), strategy, watch=watch or Heard(), **how)


def _code(layer):
    return f"{layer.database_name}:{layer.table_name}"
