"""A local server that speaks the APIs Espace collaboratif and Entrepôt: strict, stateful, with faults and a journal.

Run it with `python3 -m sandbox --connection FILE`; from Python use `sandbox.process.SandboxProcess`, which needs the
standard library only. What it answers is described by `GET /openapi.json` of a running sandbox; its own addresses
are `/_journal`, `/_faults` (kinds in `faults.py`), `/_world` (changes of tables and layers, in `catalogue.py`) and
`/_entrepot` (settings of the API Entrepôt, which is in `entrepot/`).
"""
