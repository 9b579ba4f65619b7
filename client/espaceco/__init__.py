"""IGN's Espace collaboratif: one file per resource of the API, one short function per endpoint."""
