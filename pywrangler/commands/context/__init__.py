"""What one run of a command knows: its surroundings, its options, its project and the cloud it acts on."""
