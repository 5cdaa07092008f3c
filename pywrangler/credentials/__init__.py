"""The sources of tokens and keys: the environment, stored logins, the platform's own key."""
