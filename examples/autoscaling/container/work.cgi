#!/bin/sh
# Takes as many seconds as the query says, which stands for real work, and says which instance did it.
printf 'Content-Type: text/plain\r\n\r\n'
case $QUERY_STRING in
    [0-9]) sleep "$QUERY_STRING" ;;
esac
echo "done by $(hostname)"
