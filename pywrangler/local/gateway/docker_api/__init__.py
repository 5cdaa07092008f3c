"""The Docker Engine's API as `workerd` speaks it: requests read, routed, answered. No engine."""
