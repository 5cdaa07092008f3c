# Completions for pywrangler, made by `python -m scripts.completions`. Do not edit.
source (status dirname)/pywrangler.fish
