# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# backport CACHE SUITE VERSION: the kernel of that version for virtual machines
# from Debian SUITE's backports, and SUITE's compiler, which the kernel's
# headers require. Prints the paths for tests/guest/run to eval; first fetches
# missing packages and unpacks them in the cache.
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/../apt.sh"

# The newest release of VERSION.
find_release() {
	apt-cache "${private[@]}" search --names-only \
		"^linux-image-${1//./\\.}\..*-cloud-amd64\$" |
		sed 's/^linux-image-//; s/ .*//' | sort -V | tail -n 1
}

# Unpack the kernel and everything needed to build its modules.
make_tree() {
	local tree=$1 archives=$2 suite=$3 release=$4 package

	# The packages after the headers are those assumed to be installed.
	apt-get "${private[@]}" install -q -y --download-only \
		-t "$suite-backports" "linux-image-$release" \
		"linux-headers-$release" binutils make perl \
		bash coreutils dash findutils grep mawk sed >&2
	mkdir -p "$tree"/usr/{bin,sbin,lib,lib64}
	ln -s usr/{bin,sbin,lib,lib64} "$tree"
	for package in "$archives"/*.deb; do
		dpkg-deb --fsys-tarfile "$package" |
			tar -x --keep-directory-symlink -C "$tree"
	done
	# Links that an installation would have created.
	ln -s mawk "$tree/usr/bin/awk"
	depmod -b "$tree" "$release"
}

# A normal build directory for make -C. Builds in it use the tree's /usr instead
# of the machine's. The tree has no locales.
make_build() {
	local build=$1 tree=$2 headers=/usr/src/linux-headers-$3

	mkdir "$build"
	ln -s "$tree$headers/include" "$build/include"
	cat >"$build/Makefile" <<-END
		.RECIPEPREFIX = >
		modules clean:
		>+@unshare --mount sh -c 'mount --bind $tree/usr /usr && \\
		>	PERL_BADLANG=0 exec make -C $headers \$@'
	END
}

backport() {
	local dir=$1/$3 suite=$2 version=$3 release private

	if [ ! -e "$dir/complete" ]; then
		echo "== Fetching the kernel, and a compiler for it" >&2
		rm -rf "$dir"
		private_apt "$dir/apt" "$suite"
		release=$(find_release "$version")
		if [ -z "$release" ]; then
			echo "$suite-backports has no kernel $version" >&2
			return 1
		fi
		make_tree "$dir/tree" "$dir/apt/archives" "$suite" "$release"
		make_build "$dir/build" "$dir/tree" "$release"
		rm -rf "$dir/apt"
		echo "$release" >"$dir/complete"
	fi
	release=$(cat "$dir/complete")
	cat <<-END
		kernel_image=$(find "$dir/tree" -type f -name 'vmlinuz*')
		kernel_build=$dir/build
		kernel_modules=$dir/tree/usr/lib/modules/$release
		kernel_memory=1024
	END
}
