"""New projects: which files they consist of, writing them, and installing their npm packages."""
