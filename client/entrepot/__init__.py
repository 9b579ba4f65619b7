"""The API Entrepôt of the Géoplateforme (contract entrepot.md): one file per resource, named as the API does."""
