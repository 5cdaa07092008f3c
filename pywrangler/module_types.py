"""Content types by which an upload says what each module of a Worker is.

Source: workers-sdk, `create-worker-upload-form.ts` of Wrangler 4.164. `workerd`'s words for them are in
`local.workerd.config`.
"""

from __future__ import annotations

ES_MODULE = "application/javascript+module"
COMMON_JS = "application/javascript"
WASM = "application/wasm"
TEXT = "text/plain"
JSON = "application/json"
DATA = "application/octet-stream"
PYTHON = "text/x-python"
SOURCE_MAP = "application/source-map"
"""A module's source map; its name is the module's with `.map`. No code can import it."""
