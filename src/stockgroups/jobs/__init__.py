"""The use cases, one verb each. Commands, Python programs and tests call them."""
