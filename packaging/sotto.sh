#!/bin/sh
# Starts Sotto on the Node that came with it: pages in the browser, or with --headless the same contract as JSON lines.
home=@home@
entry=serve
case "${1-}" in
  --headless) entry=headless; shift ;;
  --version) echo 'sotto @version@'; exit 0 ;;
esac
exec "$home/bin/node" "$home/app/$entry.js" "$@"
