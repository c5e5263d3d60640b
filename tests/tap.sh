# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# TAP for suites written in shell: source this, call the functions below, end
# with `tap_done`.

tap_count=0
tap_failed=0

# tap_ok NAME / tap_not_ok NAME [WHY...]: a test that passed, or did not
tap_ok() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1"
}

tap_not_ok() {
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $1"
	shift
	[ $# -eq 0 ] || printf '%s\n' "$@" | sed 's/^/# /'
}

# tap_is GOT WANTED NAME: equal strings
tap_is() {
	if [ "$1" = "$2" ]; then
		tap_ok "$3"
	else
		tap_not_ok "$3" "got:    $1" "wanted: $2"
	fi
}

# tap_has TEXT PATTERN NAME: text in which an extended regular expression matches
tap_has() {
	if grep -Eq -- "$2" <<<"$1"; then
		tap_ok "$3"
	else
		tap_not_ok "$3" "no match for $2 in:" "$1"
	fi
}

# tap_done: prints the plan; exit status 1 when a test failed
tap_done() {
	echo "1..$tap_count"
	[ "$tap_failed" -eq 0 ]
	exit
}
