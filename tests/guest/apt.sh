# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A private apt for packages that are unpacked in the cache instead of
# installed. The machine's sources and lists are not changed.

# Debian's mirror, as configured for the machine's apt.
mirror() {
	# shellcheck disable=SC2016 # for apt to expand
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
		'Origin: Debian' 'Label: Debian' 'Component: main' | sed -n 1p
}

# private_apt DIR SUITE: set up a private apt in DIR, with SUITE and its
# backports. Its options are then in the array "private".
private_apt() {
	local dir=$1 suite=$2 uri
	local of='[arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'

	uri=$(mirror)
	if [ -z "$uri" ]; then
		apt-get update -q >&2
		uri=$(mirror)
	fi
	if [ -z "$uri" ]; then
		echo "apt knows no mirror of Debian" >&2
		return 1
	fi
	mkdir -p "$dir"/{lists,archives}/partial
	: >"$dir/status"
	printf "deb $of $uri %s main\n" "$suite" "$suite-backports" \
		>"$dir/sources.list"
	private=(-o Dir::Etc::SourceList="$dir/sources.list"
		-o Dir::Etc::SourceParts=/dev/null
		-o Dir::Etc::Preferences=/dev/null
		-o Dir::Etc::PreferencesParts=/dev/null
		-o Dir::State="$dir" -o Dir::State::status="$dir/status"
		-o Dir::Cache="$dir" -o APT::Sandbox::User=root
		-o APT::Install-Recommends=false -o Acquire::Languages=none)
	apt-get "${private[@]}" update -q >&2
}
