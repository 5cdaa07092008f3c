"""The context of one run of a command: its surroundings, options, project and cloud."""
