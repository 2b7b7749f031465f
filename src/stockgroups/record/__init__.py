"""The only way in which groups change: sources are planned against what is stored, then applied."""
