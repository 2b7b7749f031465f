"""What to run when what the metadata say is not what the record says."""

BUILD = "run `stockgroups build-metadata`"
