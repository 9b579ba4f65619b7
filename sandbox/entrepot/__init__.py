"""The API Entrepôt of the Géoplateforme and the services it publishes (contract entrepot.md, sections 1 to 3)."""
