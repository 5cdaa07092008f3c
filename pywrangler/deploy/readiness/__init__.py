"""Whether what was deployed runs: rollouts followed, instances brought up, failures explained."""
