"""From a file's bytes to rows of text, one module a container: bounded, decoded once."""
