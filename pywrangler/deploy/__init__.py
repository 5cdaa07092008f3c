"""A deploy: observe what is there, plan what changes, apply the plan, wait until it runs."""
