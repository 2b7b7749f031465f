"""The use cases: one verb each, called by the commands, by Python programs and by tests."""
