#!/bin/sh
# Prints the prime factors of the number in the query, and which instance has found them.
printf 'Content-Type: text/plain\r\n\r\n'
case $QUERY_STRING in
    "" | *[!0-9]*) echo "not a number" ;;
    *) factor "$QUERY_STRING" ;;
esac
echo "found by $(hostname)"
