"""A local server that speaks the Espace collaboratif API: strict, stateful, with fault switches and a journal.

Run it with `python3 -m sandbox --connection FILE`; from Python use `sandbox.process.SandboxProcess`, which needs the
standard library only. `docs` of the API: `GET /openapi.json` of a running sandbox.
"""
