# SPDX-License-Identifier: GPL-2.0-only
# Sources that take bytes only: linked into the module and, unchanged, into
# user-space unit tests and fuzzers.
KMOD_PURE := kmod/replay.c kmod/kdf.c kmod/mki.c kmod/hdrext.c kmod/cryptex.c
