"""Configuration files as text: JSONC and TOML read with places, edited, and their syntax errors explained."""
