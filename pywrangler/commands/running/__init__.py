"""How any command is run: words resolved, options read, help shown, errors made text and exit status."""
