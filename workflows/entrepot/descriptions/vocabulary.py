"""The code lists of metadata records, with the names that people know; what dialogs show needs nothing else."""

from __future__ import annotations

from ....i18n import N_

LEVELS = {"dataset": "Lot", "series": "Produit"}
"""Of the API, and how cartes.gouv.fr calls them in the record."""
FREQUENCIES = {
    "continual": N_("Continual"),
    "daily": N_("Daily"),
    "weekly": N_("Weekly"),
    "fortnightly": N_("Every two weeks"),
    "monthly": N_("Monthly"),
    "quarterly": N_("Every three months"),
    "biannually": N_("Twice a year"),
    "annually": N_("Once a year"),
    "asNeeded": N_("As needed"),
    "irregular": N_("Irregular"),
    "notPlanned": N_("Not planned"),
    "unknown": N_("Unknown"),
}
TOPICS = {
    "farming": N_("Farming"),
    "biota": N_("Biota: flora and fauna"),
    "boundaries": N_("Boundaries"),
    "climatologyMeteorologyAtmosphere": N_("Climatology, meteorology, atmosphere"),
    "economy": N_("Economy"),
    "elevation": N_("Elevation"),
    "environment": N_("Environment"),
    "geoscientificInformation": N_("Geoscientific information"),
    "health": N_("Health"),
    "imageryBaseMapsEarthCover": N_("Imagery, base maps, earth cover"),
    "intelligenceMilitary": N_("Intelligence, military"),
    "inlandWaters": N_("Inland waters"),
    "location": N_("Location"),
    "oceans": N_("Oceans"),
    "planningCadastre": N_("Planning, cadastre"),
    "society": N_("Society"),
    "structure": N_("Structures"),
    "transportation": N_("Transportation"),
    "utilitiesCommunication": N_("Utilities, communication"),
}
"""MD_TopicCategoryCode."""
ROLES = (
    "resourceProvider", "custodian", "owner", "user", "distributor", "originator", "pointOfContact",
    "principalInvestigator", "processor", "publisher", "author",
)  # fmt: skip
"""CI_RoleCode."""
INSPIRE_THEMES = (
    "Référentiels de coordonnées", "Systèmes de maillage géographique", "Dénominations géographiques",
    "Unités administratives", "Adresses", "Parcelles cadastrales", "Réseaux de transport", "Hydrographie",
    "Sites protégés", "Altitude", "Occupation des terres", "Ortho-imagerie", "Géologie", "Unités statistiques",
    "Bâtiments", "Sols", "Usage des sols", "Santé et sécurité des personnes",
    "Services d'utilité publique et services publics", "Installations de suivi environnemental",
    "Lieux de production et sites industriels", "Installations agricoles et aquacoles",
    "Répartition de la population — démographie",
    "Zones de gestion, de restriction ou de réglementation et unités de déclaration",
    "Zones à risque naturel", "Conditions atmosphériques", "Caractéristiques géographiques météorologiques",
    "Caractéristiques géographiques océanographiques", "Régions maritimes", "Régions biogéographiques",
    "Habitats et biotopes", "Répartition des espèces", "Sources d'énergie", "Ressources minérales",
)  # fmt: skip
"""The 34 themes, as the French GEMET has them."""
