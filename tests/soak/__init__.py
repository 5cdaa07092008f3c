"""Uses a platform for hours as many users do, and looks for what grows."""
