"""From a file's bytes to rows of text, one module per container: bounded, decoded once."""
