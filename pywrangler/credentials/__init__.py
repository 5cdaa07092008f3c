"""Where tokens and keys come from: the environment, stored logins, the platform's own key."""
