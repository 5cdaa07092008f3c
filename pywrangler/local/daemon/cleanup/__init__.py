"""Find and remove what no platform owns any longer."""
