#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what building, booting and testing need, and only what is missing: Debian packages through apt-get (as root
# or with sudo), the exact npm packages of package-lock.json, and the source of lwIP. A second run installs nothing and
# needs no network. With the argument `test` also what only the tests use, with `mount` what the test with a Linux guest
# uses.
set -eu
purpose=${1-build}

fail() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

need_node() {
    command -v node >/dev/null 2>&1 || fail 'node is missing: install Node.js 20 or newer'
    major=$(node -p 'process.versions.node.split(".")[0]')
    [ "$major" -ge 20 ] || fail "node is version $(node --version): install Node.js 20 or newer"
    command -v npm >/dev/null 2>&1 || fail 'npm is missing: install the npm that comes with Node.js'
}

# Debian package for each thing that must be there. ipxe-qemu holds the option ROM that QEMU's default network card
# loads.
missing_packages() {
    have() { command -v "$1" >/dev/null 2>&1; }
    have clang || have clang-14 || printf ' clang'
    have ld.lld || have ld.lld-14 || printf ' lld'
    have llvm-dwarfdump || have llvm-dwarfdump-14 || printf ' llvm'
    [ -n "${LWIP_DIR-}" ] || have dpkg-source || printf ' dpkg-dev'
    have qemu-system-aarch64 || printf ' qemu-system-arm'
    [ -e /usr/lib/ipxe/qemu/efi-virtio.rom ] || [ -e /usr/share/qemu/efi-virtio.rom ] || printf ' ipxe-qemu'
    [ "$purpose" != build ] || return 0
    have qemu-aarch64-static || have qemu-aarch64 || printf ' qemu-user-static'
    have tmux || printf ' tmux'
    have tshark || printf ' tshark'
}

install_packages() {
    packages=$(missing_packages)
    [ -n "$packages" ] || return 0
    if [ "$(id -u)" -eq 0 ]; then
        as_root=
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        as_root=sudo
    else
        fail "packages are missing and there is neither root nor sudo; run: apt-get install -y --no-install-recommends$packages"
    fi
    printf 'setup: installing%s\n' "$packages" >&2
    $as_root apt-get update -qq >&2 || fail 'apt-get update failed'
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >&2 ||
        fail "installation failed; run: apt-get install -y --no-install-recommends$packages"
}

# What npm installs is decided by the lockfile and by the package.json of the root and of each workspace. Their hash is
# kept beside what was installed: times tell that a branch was changed, not that anything differs.
package_files() {
    printf 'package-lock.json package.json '
    sed -n 's/^      "resolved": "\([^":]*\)",$/\1\/package.json/p' package-lock.json
}

# Without a hash npm was run by hand. It writes node_modules/.package-lock.json last: newer than all means complete.
installed_by_hand() {
    [ -e "$installed" ] && [ ! -e "$stamp" ] || return 1
    for file in $(package_files); do
        [ ! "$file" -nt "$installed" ] || return 1
    done
}

install_modules() {
    installed=node_modules/.package-lock.json
    stamp=node_modules/.installed
    # shellcheck disable=SC2046
    wanted=$(cat $(package_files) | sha256sum)
    if [ -e "$installed" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
        return 0
    fi
    if ! installed_by_hand; then
        printf 'setup: installing npm packages\n' >&2
        npm ci --no-audit --no-fund --loglevel=error >&2 || fail 'npm ci failed'
    fi
    printf '%s\n' "$wanted" >"$stamp"
}

# An apt of its own in the directory $1, with the mirrors that the machine uses: it checks all that it fetches against
# the archive's signatures, needs no root and changes nothing of the system. $2 is the kind of packages: deb-src, or deb
# with options. Sets $private, the options of every apt command with it.
private_apt() {
    rm -rf "$1"
    mkdir -p "$1/lists/partial" "$1/cache/archives/partial" "$1/source"
    for origin in Debian Ubuntu; do
        apt-get indextargets --format "$2 \$(REPO_URI) \$(RELEASE) \$(COMPONENT)" 'Created-By: Packages' "Origin: $origin"
    done | sort -u >"$1/sources.list"
    private="-o Dir::Etc::sourcelist=$1/sources.list -o Dir::Etc::sourceparts=- -o Dir::State::lists=$1/lists"
    private="$private -o Dir::Cache=$1/cache -o APT::Sandbox::User=$(id -un) -o Debug::NoLocking=true"
}

# lwIP, the TCP/IP stack of the image, from Debian's source package, unpacked where the build looks for it. LWIP_DIR
# names another tree.
install_lwip() {
    [ -z "${LWIP_DIR-}" ] || return 0
    tree=node_modules/.cache/lwip
    [ ! -e "$tree/cohesix-source" ] || return 0
    printf 'setup: fetching the source of lwip\n' >&2
    work=$(pwd)/node_modules/.cache/lwip-apt
    rm -rf "$tree"
    private_apt "$work" deb-src
    # shellcheck disable=SC2086
    (cd "$work/source" && apt-get -qq $private update >&2 && apt-get -qq $private source --download-only lwip >&2) ||
        fail 'the source package lwip cannot be fetched; set LWIP_DIR to a tree of lwIP 2.1 or newer'
    (cd "$work/source" && sha256sum ./*) >"$work/cohesix-source"
    dpkg-source --no-copy --no-check -x "$work"/source/*.dsc "$tree" >/dev/null || fail 'the source package lwip cannot be unpacked'
    mv "$work/cohesix-source" "$tree/cohesix-source"
    rm -rf "$work"
}

# diod's 9P clients, with the libraries that are missing. Unpacked, not installed: the package would start a file
# server.
install_diod() {
    tree=node_modules/.cache/diod
    [ ! -e "$tree/complete" ] || return 0
    printf 'setup: fetching the clients of diod\n' >&2
    work=$(pwd)/node_modules/.cache/diod-apt
    rm -rf "$tree"
    private_apt "$work" deb
    # shellcheck disable=SC2086
    {
        apt-get -qq $private update >&2 &&
            apt-get -qq $private install --reinstall --download-only -y --no-install-recommends diod >&2
    } || fail 'the package diod cannot be fetched'
    for package in "$work"/cache/archives/*.deb; do dpkg-deb -x "$package" "$tree" || fail "$package cannot be unpacked"; done
    touch "$tree/complete"
    rm -rf "$work"
}

# Debian's kernel for arm64 with the modules that a mount over TCP takes, and a static busybox. Nothing of it runs here.
install_linux() {
    tree=node_modules/.cache/linux-arm64
    [ ! -e "$tree/complete" ] || return 0
    printf 'setup: fetching a Linux kernel for the guest\n' >&2
    work=$(pwd)/node_modules/.cache/linux-arm64-apt
    rm -rf "$tree"
    mkdir -p "$tree"
    private_apt "$work" 'deb [arch=arm64]'
    : >"$work/status"
    private="$private -o Dir::State::status=$work/status -o APT::Architecture=arm64 -o APT::Architectures=arm64"
    # shellcheck disable=SC2086
    apt-get -qq $private update >&2 || fail 'the list of packages for arm64 cannot be fetched'
    # shellcheck disable=SC2086
    kernel=$(apt-cache $private depends linux-image-arm64 | sed -n 's/.*Depends: \(linux-image-[^ ]*\)$/\1/p')
    [ -n "$kernel" ] || fail 'there is no package linux-image-arm64'
    # shellcheck disable=SC2086
    (cd "$work/source" && apt-get -qq $private download "$kernel" busybox-static >&2) || fail "$kernel cannot be fetched"
    for package in "$work"/source/*.deb; do
        dpkg-deb --fsys-tarfile "$package" | tar -x -C "$tree" --wildcards --no-anchored \
            'boot/vmlinuz-*' '9p.ko*' '9pnet.ko*' '9pnet_fd.ko*' 'netfs.ko*' 'fscache.ko*' 'failover.ko*' 'net_failover.ko*' \
            'virtio_mmio.ko*' 'virtio_net.ko*' 'bin/busybox' 2>/dev/null || true
    done
    [ -e "$tree/bin/busybox" ] && ls "$tree"/boot/vmlinuz-* >/dev/null 2>&1 || fail "the packages do not hold what is expected"
    touch "$tree/complete"
    rm -rf "$work"
}

need_node
install_packages
install_modules
install_lwip
[ "$purpose" = build ] || install_diod
[ "$purpose" != mount ] || install_linux
