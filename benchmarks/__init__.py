"""Measurements of speed and memory: `python -m benchmarks`. Nothing is asserted here."""
