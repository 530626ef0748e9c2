#!/bin/sh
# Installs what building, booting and testing need, and only what is missing: Debian packages through apt-get (as root or
# with sudo), the exact npm packages of package-lock.json, and the source of lwIP. A second run installs nothing and needs no network.
# With the argument `test` also what only the tests use.
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

# Debian package for each thing that must be there. ipxe-qemu holds the option ROM that QEMU's default network card loads.
missing_packages() {
    have() { command -v "$1" >/dev/null 2>&1; }
    have clang || have clang-14 || printf ' clang'
    have ld.lld || have ld.lld-14 || printf ' lld'
    have llvm-dwarfdump || have llvm-dwarfdump-14 || printf ' llvm'
    [ -n "${LWIP_DIR-}" ] || have dpkg-source || printf ' dpkg-dev'
    have qemu-system-aarch64 || printf ' qemu-system-arm'
    [ -e /usr/lib/ipxe/qemu/efi-virtio.rom ] || [ -e /usr/share/qemu/efi-virtio.rom ] || printf ' ipxe-qemu'
    [ "$purpose" = test ] || return 0
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

# npm writes node_modules/.package-lock.json last: newer than the lockfile means complete.
install_modules() {
    stamp=node_modules/.package-lock.json
    if [ -e "$stamp" ] && [ ! package-lock.json -nt "$stamp" ] && [ ! package.json -nt "$stamp" ]; then
        return 0
    fi
    printf 'setup: installing npm packages\n' >&2
    npm ci --no-audit --no-fund --loglevel=error >&2 || fail 'npm ci failed'
    touch "$stamp"
}

# lwIP, the TCP/IP stack of the image, from Debian's source package: fetched with apt-get from the mirrors that the machine
# uses, checked by apt against the archive's signatures, unpacked where the build looks for it. LWIP_DIR names another tree.
install_lwip() {
    [ -z "${LWIP_DIR-}" ] || return 0
    tree=node_modules/.cache/lwip
    [ ! -e "$tree/cohesix-source" ] || return 0
    printf 'setup: fetching the source of lwip\n' >&2
    work=$(pwd)/node_modules/.cache/lwip-apt
    rm -rf "$work" "$tree"
    mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/source"
    # shellcheck disable=SC2016
    apt-get indextargets --format 'deb-src $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' |
        sort -u >"$work/sources.list"
    private="-o Dir::Etc::sourcelist=$work/sources.list -o Dir::Etc::sourceparts=- -o Dir::State::lists=$work/lists"
    private="$private -o Dir::Cache=$work/cache -o APT::Sandbox::User=$(id -un) -o Debug::NoLocking=true"
    # shellcheck disable=SC2086
    (cd "$work/source" && apt-get -qq $private update >&2 && apt-get -qq $private source --download-only lwip >&2) ||
        fail 'the source package lwip cannot be fetched; set LWIP_DIR to a tree of lwIP 2.1 or newer'
    (cd "$work/source" && sha256sum ./*) >"$work/cohesix-source"
    dpkg-source --no-copy --no-check -x "$work"/source/*.dsc "$tree" >/dev/null || fail 'the source package lwip cannot be unpacked'
    mv "$work/cohesix-source" "$tree/cohesix-source"
    rm -rf "$work"
}

need_node
install_packages
install_modules
install_lwip
