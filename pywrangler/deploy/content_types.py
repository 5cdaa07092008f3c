"""Content types of files by their extension, as they are served from static assets.

Where Python's own table differs from that of the npm package `mime` (4), which Wrangler (4.164) goes by, or
lacks what websites have, this one decides; so the types are the same with every Python.
"""

from __future__ import annotations

from functools import cache
from mimetypes import MimeTypes

_TYPES = """
application/atom+xml atom
application/dash+xml mpd
application/epub+zip epub
application/geo+json geojson
application/gzip gz
application/java-archive jar
application/json json map
application/ld+json jsonld
application/manifest+json webmanifest
application/octet-stream bin dmg exe iso
application/pdf pdf
application/pgp-keys asc
application/pgp-signature sig
application/rss+xml rss
application/rtf rtf
application/sql sql
application/toml toml
application/vnd.android.package-archive apk
application/vnd.apple.mpegurl m3u8
application/vnd.ms-fontobject eot
application/vnd.openxmlformats-officedocument.presentationml.presentation pptx
application/vnd.openxmlformats-officedocument.spreadsheetml.sheet xlsx
application/vnd.openxmlformats-officedocument.wordprocessingml.document docx
application/vnd.rar rar
application/wasm wasm
application/x-7z-compressed 7z
application/x-bzip2 bz2
application/x-subrip srt
application/x-x509-ca-cert crt pem
application/xhtml+xml xhtml
application/xml xml
application/zip zip
audio/midi mid midi
audio/mp4 m4a
audio/mpeg mp3
audio/ogg oga ogg opus
audio/wav wav
audio/webm weba
audio/x-flac flac
font/otf otf
font/ttf ttf
font/woff woff
font/woff2 woff2
image/apng apng
image/avif avif
image/gif gif
image/jpeg jpeg jpg
image/jxl jxl
image/ktx2 ktx2
image/png png
image/svg+xml svg
image/vnd.adobe.photoshop psd
image/vnd.microsoft.icon ico
image/webp webp
model/gltf+json gltf
model/gltf-binary glb
model/obj obj
model/vnd.usdz+zip usdz
text/cache-manifest appcache manifest
text/calendar ics
text/css css
text/csv csv
text/html htm html
text/javascript js mjs
text/jsx jsx
text/less less
text/markdown markdown md
text/mdx mdx
text/plain conf ini log text txt
text/tab-separated-values tsv
text/vtt vtt
text/wgsl wgsl
text/x-sass sass
text/x-scss scss
text/yaml yaml yml
video/3gpp 3gp
video/mp2t m2ts ts
video/mp4 mp4
video/ogg ogv
video/webm webm
video/x-m4v m4v
video/x-matroska mkv
"""

_BY_EXTENSION = {
    extension: words[0] for words in map(str.split, _TYPES.strip().splitlines()) for extension in words[1:]
}


@cache
def _others() -> dict[str, str]:
    """Python's own table, without what it reads on this machine."""
    return MimeTypes(()).types_map[True]


def content_type(name: str) -> str | None:
    """The type of a file of this name, texts with their encoding; None where it is not known."""
    stem, _, extension = name.lower().rpartition(".")
    if not stem:
        return None
    found = _BY_EXTENSION.get(extension) or _others().get(f".{extension}")
    return f"{found}; charset=utf-8" if found and found.startswith("text/") else found
