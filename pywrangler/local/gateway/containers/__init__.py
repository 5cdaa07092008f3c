"""The gateway's containers, from creation to removal, and the networks they are in."""
