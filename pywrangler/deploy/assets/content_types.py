"""Content types of files by their extension, as they are served from static assets.

The types are those of the npm package `mime` (4), which Wrangler (4.164) uses, for every extension that
Python's table has, and more that websites have. Python's own types differ between its versions.
"""

from __future__ import annotations

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
application/msword doc dot
application/n-quads nq
application/n-triples nt
application/octet-stream bin deb dll dmg exe iso so
application/oda oda
application/ogg ogx
application/pdf pdf
application/pgp-keys asc
application/pgp-signature sig
application/pkcs7-mime p7c
application/postscript ai eps ps
application/rdf+xml rdf
application/rss+xml rss
application/rtf rtf
application/sql sql
application/toml toml
application/trig trig
application/vnd.android.package-archive apk
application/vnd.apple.mpegurl m3u8
application/vnd.mif mif
application/vnd.ms-excel xls
application/vnd.ms-fontobject eot
application/vnd.ms-powerpoint pot pps ppt
application/vnd.oasis.opendocument.graphics odg
application/vnd.oasis.opendocument.presentation odp
application/vnd.oasis.opendocument.spreadsheet ods
application/vnd.oasis.opendocument.text odt
application/vnd.openxmlformats-officedocument.presentationml.presentation pptx
application/vnd.openxmlformats-officedocument.spreadsheetml.sheet xlsx
application/vnd.openxmlformats-officedocument.wordprocessingml.document docx
application/vnd.rar rar
application/wasm wasm
application/wsdl+xml wsdl
application/x-7z-compressed 7z
application/x-bcpio bcpio
application/x-bzip2 bz2
application/x-cpio cpio
application/x-csh csh
application/x-dvi dvi
application/x-gtar gtar
application/x-hdf hdf
application/x-httpd-php php
application/x-latex latex
application/x-msdownload bat
application/x-netcdf cdf nc
application/x-perl pl
application/x-pkcs12 p12 pfx
application/x-redhat-package-manager rpm
application/x-sh sh
application/x-shar shar
application/x-shockwave-flash swf
application/x-subrip srt
application/x-sv4cpio sv4cpio
application/x-sv4crc sv4crc
application/x-tar tar
application/x-tcl tcl
application/x-tex tex
application/x-texinfo texi texinfo
application/x-ustar ustar
application/x-wais-source src
application/x-x509-ca-cert crt pem
application/xhtml+xml xhtml
application/xml xml xsl
application/zip zip
audio/aac aac adts
audio/basic au snd
audio/midi mid midi
audio/mp4 m4a
audio/mpeg mp2 mp3
audio/ogg oga ogg opus
audio/wav wav
audio/webm weba
audio/x-aiff aif aifc aiff
audio/x-flac flac
audio/x-matroska mka
audio/x-mpegurl m3u
audio/x-pn-realaudio ra ram
font/otf otf
font/ttf ttf
font/woff woff
font/woff2 woff2
image/apng apng
image/avif avif
image/bmp bmp
image/emf emf
image/fits fits
image/g3fax g3
image/gif gif
image/heic heic
image/heif heif
image/ief ief
image/jp2 jp2
image/jpeg jpe jpeg jpg
image/jpm jpm
image/jpx jpx
image/jxl jxl
image/ktx2 ktx2
image/png png
image/svg+xml svg
image/t38 t38
image/tiff tif tiff
image/tiff-fx tfx
image/vnd.adobe.photoshop psd
image/vnd.microsoft.icon ico
image/webp webp
image/wmf wmf
image/x-cmu-raster ras
image/x-portable-anymap pnm
image/x-portable-bitmap pbm
image/x-portable-graymap pgm
image/x-portable-pixmap ppm
image/x-rgb rgb
image/x-xbitmap xbm
image/x-xpixmap xpm
image/x-xwindowdump xwd
message/rfc822 eml mht mhtml
model/gltf+json gltf
model/gltf-binary glb
model/obj obj
model/stl stl
model/vnd.pytha.pyox pyo
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
text/n3 n3
text/plain conf ini log text txt
text/richtext rtx
text/sgml sgm sgml
text/tab-separated-values tsv
text/troff man me ms roff t tr
text/vtt vtt
text/wgsl wgsl
text/x-c c h
text/x-sass sass
text/x-scss scss
text/x-setext etx
text/x-vcard vcf
text/yaml yaml yml
video/3gpp 3gp 3gpp
video/3gpp2 3g2
video/mp2t m2ts ts
video/mp4 mp4
video/mpeg m1v mpe mpeg mpg
video/ogg ogv
video/quicktime mov qt
video/webm webm
video/x-m4v m4v
video/x-matroska mk3d mkv
video/x-ms-wmv wmv
video/x-msvideo avi
video/x-sgi-movie movie
"""

_BY_EXTENSION = {
    extension: words[0] for words in map(str.split, _TYPES.strip().splitlines()) for extension in words[1:]
}


def content_type(name: str) -> str | None:
    """The type of a file of this name, texts with their encoding; None if it is not known."""
    stem, _, extension = name.lower().rpartition(".")
    if not stem:
        return None
    found = _BY_EXTENSION.get(extension)
    return f"{found}; charset=utf-8" if found and found.startswith("text/") else found
