"""Where the programs `pywrangler` and `pwr` begin.

Cloudflare's `workers-py` installs an import package `pywrangler` as well, and in one environment both share
that directory. So this project has no file there whose name `workers-py` uses (`__init__`, `__main__`, `cli`,
`metadata`, `resolve`, `sync`, `types`, `unsupported_flags`, `utils`), and its programs begin in this package
of its own. Neither installation overwrites or removes a file of the other one.
"""
