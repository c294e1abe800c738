# Shared by scripts/start and scripts/check: what a fresh machine needs before anything of ours can run.
# Sourced, not run. Needs: set -euo pipefail in the caller, and $root set to the checkout.

say() { printf '%s\n' "$*"; }
fail() { printf 'vikingfs: %s\n' "$*" >&2; exit 1; }

# Packages of the system that are missing: fuse3 mounts without root, libfuse2 serves the portable driver.
missing_packages() {
  command -v fusermount3 >/dev/null 2>&1 || printf 'fuse3\n'
  ldconfig -p 2>/dev/null | grep -q 'libfuse\.so\.2' || printf '%s\n' "$(libfuse2_name)"
}

# Debian renamed libfuse2 when time_t grew; newer Ubuntu has only the new name.
libfuse2_name() {
  if command -v apt-cache >/dev/null 2>&1 && apt-cache show libfuse2t64 >/dev/null 2>&1; then
    printf 'libfuse2t64'
  else
    printf 'libfuse2'
  fi
}

# Installs what is missing when that is possible here, else says exactly what to install.
ensure_system() {
  local wanted=("$@") missing=() name
  for name in "${wanted[@]}"; do missing+=("$name"); done
  while read -r name; do [ -n "$name" ] && missing+=("$name"); done < <(missing_packages)
  [ ${#missing[@]} -eq 0 ] && return 0
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    say "Installing system packages: ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y -qq "${missing[@]}" >/dev/null 2>&1 ||
      { apt-get update -qq && apt-get install -y -qq "${missing[@]}" >/dev/null; } ||
      fail "apt-get could not install: ${missing[*]}"
  elif command -v apt-get >/dev/null 2>&1; then
    fail "these system packages are missing: ${missing[*]}. Run: sudo apt-get install ${missing[*]}"
  else
    fail "these are missing: ${missing[*]} (Debian names). Install them with your package manager and run this again."
  fi
}

ensure_tools() {
  local tool
  for tool in node npm git; do
    command -v "$tool" >/dev/null 2>&1 || fail "$tool is not installed. Install Node.js 20.19 or newer, npm and git."
  done
  node -e 'const [a,b]=process.versions.node.split(".").map(Number);process.exit(a>20||(a===20&&b>=19)?0:1)' ||
    fail "Node.js $(node --version) is too old: 20.19 or newer is needed."
}

# True when everything that makes the target is older than it: nothing to do.
is_current() {
  local target=$1; shift
  [ -e "$target" ] && [ -z "$(find "$@" -newer "$target" -print -quit 2>/dev/null)" ]
}

# Native packages compile against the headers of this very Node where they are installed, else node-gyp fetches them.
use_local_headers() {
  local prefix
  prefix=$(node -p 'require("node:path").resolve(process.execPath, "../..")')
  if [ -f "$prefix/include/node/node.h" ]; then export npm_config_nodedir="$prefix"; fi
}

# node_modules for exactly this lock file.
ensure_modules() {
  use_local_headers
  is_current "$root/node_modules/.vikingfs-installed" "$root/package.json" "$root/package-lock.json" && return 0
  for tool in make g++; do
    command -v "$tool" >/dev/null 2>&1 || fail "$tool is needed to compile native packages. Debian: sudo apt-get install build-essential python3"
  done
  say 'Installing packages (npm ci)…'
  (cd "$root" && npm ci --no-audit --no-fund --loglevel=error)
  touch "$root/node_modules/.vikingfs-installed"
}

ensure_native() {
  [ -f "$root/native/binding.gyp" ] || return 0
  is_current "$root/native/build/.vikingfs-built" "$root/native" && return 0
  say 'Compiling the kernel driver…'
  (cd "$root" && npm run --silent build:native >"$root/native/build.log" 2>&1) || {
    say "The kernel driver did not compile (see native/build.log); the portable driver is used instead."
    return 0
  }
  touch "$root/native/build/.vikingfs-built"
}

ensure_build() {
  is_current "$root/dist/.built" "$root/src" "$root/tsconfig.json" "$root/tsconfig.build.json" "$root/package.json" && return 0
  say 'Building…'
  (cd "$root" && npm run --silent build)
  chmod +x "$root/dist/cli/main.js"
  touch "$root/dist/.built"
}
