#!/bin/sh
# Chromium's own sandbox needs zypak inside flatpak. The lock of the single instance lies where all runs of the app see it.
export TMPDIR="${XDG_RUNTIME_DIR}/app/${FLATPAK_ID}"
exec zypak-wrapper /app/sotto/sotto "$@"
