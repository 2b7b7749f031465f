"""The only code that changes groups: it plans sources against the stored state, and applies."""
