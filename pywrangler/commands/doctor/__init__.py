"""What this machine and account lack, each with its cure."""
