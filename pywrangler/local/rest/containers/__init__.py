"""Containers (`/containers/...`): the account's limits, applications, rollouts, instances, registries."""
