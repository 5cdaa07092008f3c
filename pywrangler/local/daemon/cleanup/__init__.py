"""What no platform owns any more: found and removed."""
