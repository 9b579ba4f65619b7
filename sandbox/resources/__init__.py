"""The API, one file per resource: each has `ROUTES`, found by `app.py` without a list to keep."""
