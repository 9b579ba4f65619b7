"""What never changes in the sandbox: people, groups, themes, grids and places."""
