"""`pywrangler local`: the local platform itself, whatever target other commands have."""
