# Sourced by test-vm: kernels and packages from the Debian archive, for either architecture and any release of Debian.
#
# apt does the work, with lists and a cache of its own below $cache, so that the machine's own packages are not touched
# and nobody has to be root. The archive's address is the one that this machine's apt uses; none is written here.

# The release that this machine runs: its packages make the guest's programs, as its libraries were linked with.
own_release() {
  local VERSION_CODENAME=
  . /etc/os-release
  printf '%s\n' "$VERSION_CODENAME"
}

archive_address() {
  apt-get --print-uris update | sed -n "s,^'\(.*\)/dists/$(own_release)/InRelease'.*,\1,p" | head -n 1
}

# apt_of RELEASE COMMAND...: an apt command that sees that release for $arch and nothing else.
apt_of() {
  local state=$cache/apt/$1-$arch
  "$2" -qq -o Dir::Etc::SourceList="$state/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::State="$state" \
    -o Dir::State::status="$state/status" -o Dir::Cache="$state" -o APT::Architecture="$arch" \
    -o APT::Architectures="$arch" -o Acquire::Retries=3 -o APT::Sandbox::User="$(id -un)" "${@:3}"
}

# open_release RELEASE: reads the list of its packages, once a run.
open_release() {
  local state=$cache/apt/$1-$arch address
  [[ ! -e $state/opened-by-$$ ]] || return 0
  address=$(archive_address)
  [[ $address ]] || fail "apt on this machine names no Debian archive that has $(own_release); a Debian is needed"
  mkdir -p "$state/lists/partial" "$state/archives/partial"
  rm -f "$state"/opened-by-*
  : >"$state/status"
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "$address" "$1" \
    >"$state/sources.list"
  apt_of "$1" apt-get update >&2 || fail "apt cannot read the release $1"
  : >"$state/opened-by-$$"
}

# dependency RELEASE PACKAGE PREFIX: the first thing that the package depends on whose name starts so; maybe nothing.
dependency() {
  apt_of "$1" apt-cache depends "$2" | sed -n "s/^ *Depends: \($3[^ ]*\).*/\1/p" | head -n 1
}

# kernel_of RELEASE[/FLAVOUR]: sets $kernel to the path of that kernel, fetched and unpacked if need be, never installed.
kernel_of() {
  local release=${1%%/*} flavour=generic meta image holder new
  [[ $1 != */* ]] || flavour=${1#*/}
  kernel=$cache/kernel-$release-$flavour-$arch
  [[ ! -s $kernel ]] || return 0
  case $flavour in
    generic) meta=linux-image-$arch ;;
    16k) meta=linux-image-$arch-16k ;;
    *) meta=linux-image-$flavour-$arch ;;
  esac
  say "fetching the kernel of $1 for $arch"
  open_release "$release"
  image=$(dependency "$release" "$meta" linux-image-)
  [[ $image ]] || fail "Debian's $release has no $meta"
  # Since forky the kernel itself lies in a package of its own.
  holder=$(dependency "$release" "$image" linux-binary-)
  new=$(mktemp -d "$cache/new.XXXXXX")
  (cd "$new" && apt_of "$release" apt-get download "${holder:-$image}" >&2) || fail "apt cannot fetch ${holder:-$image}"
  dpkg-deb --fsys-tarfile "$new"/*.deb | tar -x -C "$new" --wildcards './boot/vmlinuz-*' './usr/lib/modules/*/vmlinuz' \
    2>/dev/null || true  # tar complains of the pattern that did not match
  image=$(find "$new" -type f -name 'vmlinuz*')
  [[ -s $image ]] || fail "${holder:-$meta} holds no kernel"
  mv "$image" "$kernel"
  rm -r "$new"
}

# packages_of DIRECTORY NAME...: the packages and all that they depend on, of this machine's release, as .deb files.
packages_of() {
  local release directory=$1
  release=$(own_release)
  open_release "$release"
  mkdir -p "$directory/partial"
  apt_of "$release" apt-get -o Dir::Cache::archives="$directory" install -y --no-install-recommends --download-only \
    "${@:2}" >&2 || fail "apt cannot fetch: ${*:2}"
}
