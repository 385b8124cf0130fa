# Sourced by test-vm: what this machine needs to build for the guest and to run it.

# The libraries that Usher and its tests are linked with, for arm64 beside the machine's own. Both architectures want one
# version of each, so they are installed together.
libraries=(libabsl-dev libbenchmark-dev libc-ares-dev libcapstone-dev libgmock-dev libgtest-dev libidn2-dev libpsl-dev
  libseccomp-dev libsodium-dev libunistring-dev)

# Two runs at once would want apt's locks at once.
install_packages() { (flock 7 && install_missing) 7>"$cache/installing"; }

install_missing() {
  local package state missing=() commands=
  packages+=(cpio binutils)
  if [[ $cross ]]; then
    packages+=(g++-aarch64-linux-gnu "${libraries[@]/%/:$(dpkg --print-architecture)}" "${libraries[@]/%/:arm64}")
    [[ " $(dpkg --print-foreign-architectures | tr '\n' ' ') " == *" arm64 "* ]] || commands='dpkg --add-architecture arm64 && '
  fi
  for package in "${packages[@]}"; do
    state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
    [[ $state == installed ]] || missing+=("$package")
  done
  [[ ${#missing[@]} -gt 0 ]] || return 0
  commands+="apt-get update -qq -o Acquire::Retries=3 && apt-get install -qq -y -o Acquire::Retries=3 --no-install-recommends ${missing[*]}"
  ((EUID == 0)) || fail "packages are missing. As root: $commands"
  say "installing: ${missing[*]}"
  DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none bash -c "$commands" >"$work/apt" 2>&1 || {
    tail -n 20 "$work/apt" >&2
    fail "apt could not install: ${missing[*]}"
  }
}

# build_with PRESET TARGET...: one run at a time builds with a preset.
build_with() {
  say "building for $1: ${*:2}"
  (
    flock 8
    cd "$source"
    cmake --preset "$1" >/dev/null
    cmake --build --preset "$1" --target "${@:2}"
  ) 8>"$cache/building-$1"
}

# build_programs: what the plan runs, and what that runs in turn.
build_programs() {
  local targets
  mapfile -t targets < <(cut -f 5 "$work/plan" | sed 's,.*/,,' | sort -u)
  [[ ! $cross ]] || build_with dev filter_generator builtin_generator
  build_with "$preset" usher escapee sandboxee sandboxee_static answering_approver "${targets[@]}"
}
