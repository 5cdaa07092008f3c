#!/bin/sh
# Prints the SHA-256 sum of the request's body.
sum=$(head -c "${CONTENT_LENGTH:-0}" | sha256sum)
printf 'Content-Type: text/plain\r\n\r\n%s\n' "${sum%% *}"
