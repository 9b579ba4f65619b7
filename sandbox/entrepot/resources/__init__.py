"""One file per resource of the API; each has ROUTES."""
