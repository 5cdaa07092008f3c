#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\n'
echo "$MESSAGE"
echo "Durable Object: ${CLOUDFLARE_DURABLE_OBJECT_ID:-none}"
echo "Location: ${CLOUDFLARE_LOCATION:-unknown}"
