"""The relations between the store's tables: the forms of `styles/*.qml` name them, the layer loader makes them.

A form that was loaded before its relations existed finds them only when the relation manager has emitted
`relationsLoaded` (opening a project does so): emit it after adding them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Relation:
    """A 1-n relation; the parent table is always `Signalement`."""

    id: str
    name: str
    child_table: str
    child_field: str = "NoSignalement"
    parent_field: str = "NoSignalement"


PARENT_TABLE = "Signalement"
RELATIONS: tuple[Relation, ...] = (
    Relation("geocollab_reponses", "Réponses", "Reponse_EC"),
    Relation("geocollab_documents", "Documents", "Document_EC"),
    Relation("geocollab_croquis_point", "Croquis ponctuels", "Croquis_EC_Point"),
    Relation("geocollab_croquis_ligne", "Croquis linéaires", "Croquis_EC_Ligne"),
    Relation("geocollab_croquis_polygone", "Croquis surfaciques", "Croquis_EC_Polygone"),
)
