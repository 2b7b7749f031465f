"""The commands: flags in, one use case called, its outcome printed. No rules of their own."""
