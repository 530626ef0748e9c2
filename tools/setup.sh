#!/bin/sh
# Installs what building, booting and testing need, and only what is missing: Debian packages through apt-get (as root or
# with sudo) and the exact npm packages of package-lock.json. A second run installs nothing and needs no network.
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
    have qemu-system-aarch64 || printf ' qemu-system-arm'
    [ -e /usr/lib/ipxe/qemu/efi-virtio.rom ] || [ -e /usr/share/qemu/efi-virtio.rom ] || printf ' ipxe-qemu'
    [ "$purpose" = test ] || return 0
    have qemu-aarch64-static || have qemu-aarch64 || printf ' qemu-user-static'
    have tmux || printf ' tmux'
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
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $packages >&2 ||
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

need_node
install_packages
install_modules
