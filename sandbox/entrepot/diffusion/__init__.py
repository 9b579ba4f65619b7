"""The services that serve what was published (contract 1.1), one file for each; MapServer reads and draws the data."""
