"""The commands: each reads its flags, calls one use case and prints the outcome.

A command is a module without rules of its own. Its docstring is the help, `add_arguments` adds the
flags, and `run` executes it and returns the exit status. `show…` functions return an answer as
lines of text, `describe…` functions as JSON values.
"""
