"""The version that `--version`, the platform's status and the user agent name."""

VERSION = "0.1.0"
