"""The commands: flags in, one use case called, its outcome printed. No rules of their own.

A command is a module. Its docstring is the help, `add_arguments` adds the flags, and `run` carries
it out and returns the exit status. `show…` make the lines of text of an answer, `describe…` its
JSON values.
"""
