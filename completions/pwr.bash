# Completions for pywrangler, made by `python -m scripts.completions`. Do not edit.
. "${BASH_SOURCE[0]%/*}/pywrangler"
