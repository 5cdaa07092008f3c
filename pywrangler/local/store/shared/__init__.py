"""What only the nodes of a cluster keep."""
