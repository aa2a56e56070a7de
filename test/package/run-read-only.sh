#!/bin/sh
# Runs a program in the folder of a container, for builders without an engine: read-only but for /app/data, as user 1000, on this machine's
# network. Usage: unshare --mount run-read-only.sh <folder> <working directory> <NAME=value>… -- <program> [argument…]. Wants root.
set -eu
root=$1
work=$2
shift 2
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t tmpfs -o uid=1000,gid=1000,mode=755 tmpfs "$root/app/data"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount -o remount,bind,ro "$root"
exec chroot --userspec=1000:1000 "$root" /usr/bin/env -i --chdir="$work" "$@"
