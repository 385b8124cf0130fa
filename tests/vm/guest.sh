# Sourced by test-vm: the guest's file system, as an initramfs in two parts that the kernel unpacks one over the other.
# The first is the programs of Debian that tests use, made once; the second is what was built here and the plan of this run.

# What the guest is made of. Unpacked and never installed: no maintainer script runs.
guest_packages=(bash busybox-static coreutils dash diffutils findutils git grep gzip make procps python3 sed strace
  tar util-linux)
# What no test looks at, and a guest would unpack in emulated time.
guest_without=(usr/share/doc usr/share/man usr/share/info usr/share/locale usr/share/perl usr/share/i18n usr/share/bash-completion
  usr/lib/"$triplet"/perl usr/lib/"$triplet"/gconv usr/lib/python3.11/test usr/lib/python3.11/ensurepip var/cache var/lib/dpkg)

pack() { (cd "$1" && find . -mindepth 1 -print0 | LC_ALL=C sort -z | cpio --null --quiet -o -H newc -R 0:0); }

# base_of: sets $base to the archive of the guest's Debian programs.
base_of() {
  local new deb link
  base=$cache/base-$arch-$(own_release)-$(printf '%s\n' "${guest_packages[@]}" "${guest_without[@]}" | sha256sum | head -c 12).cpio
  [[ ! -s $base ]] || return 0
  say "fetching the guest's programs: ${guest_packages[*]}"
  new=$(mktemp -d "$cache/new.XXXXXX")
  packages_of "$new/debs" "${guest_packages[@]}"
  mkdir -p "$new/root"/{dev,proc,sys,run,tmp,root,var/tmp,usr/{bin,sbin,lib,lib64}}
  for link in bin sbin lib lib64; do ln -s "usr/$link" "$new/root/$link"; done
  chmod 1777 "$new/root"/{tmp,var/tmp}
  chmod 700 "$new/root/root"
  for deb in "$new/debs"/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar -xp --keep-directory-symlink --no-same-owner -C "$new/root"
  done
  (cd "$new/root" && rm -rf "${guest_without[@]}")
  pack "$new/root" >"$new/base.cpio"
  (cd "$new/root" && find . -printf '/%P\n') >"$base.names"
  mv "$new/base.cpio" "$base"
  chmod -R u+w "$new"
  rm -rf "$new"
}

# library NAME: its path among the libraries that programs for the guest were linked with.
library() {
  local directory
  for directory in /usr/lib/"$triplet" /lib/"$triplet" /usr/"$triplet"/lib; do
    [[ ! -e $directory/$1 ]] || { printf '%s\n' "$directory/$1"; return; }
  done
  fail "the shared library $1 of $arch is not on this machine"
}

# add_libraries FILE: copies the libraries that it needs, and that those need, unless the guest has them.
add_libraries() {
  local name path
  for name in $(readelf -dW "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p'); do
    ! grep -qFx -e "/usr/lib/$triplet/$name" -e "/usr/lib64/$name" -e "/usr/lib/$name" "$base.names" || continue
    [[ ! -e $root/usr/lib/$triplet/$name ]] || continue
    path=$(library "$name")
    install -D -m 755 "$path" "$root/usr/lib/$triplet/$name"
    add_libraries "$path"
  done
}

# add_program FILE: to the same path in the guest, without symbols, for they cost time to unpack.
add_program() {
  mkdir -p "$root$(dirname "$1")"
  "${cross}strip" -o "$root$1" "$1"
  add_libraries "$1"
}

add_directory() {
  mkdir -p "$root$1"
  cp -a "$1/." "$root$1/"
}

# guest_of: sets $initramfs to a file system that holds the programs of the plan, in $work.
guest_of() {
  local name
  base_of
  root=$work/root
  mkdir -p "$root"/{etc,vm,usr/bin}
  install -m 755 guest/init guest/suite "$root/vm/"
  install -m 644 guest/tell.awk "$work/plan" "$work/settings" "$work/expected" "$root/vm/"
  printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'nobody:x:65534:65534:nobody:/nonexistent:/bin/sh' >"$root/etc/passwd"
  printf '%s\n' 'root:x:0:' 'tty:x:5:' 'nogroup:x:65534:' >"$root/etc/group"
  echo guest >"$root/etc/hostname"
  printf '%s\n' '127.0.0.1 localhost' '::1 localhost' >"$root/etc/hosts"
  for name in $(cut -f 5 "$work/plan" | sort -u) "$build/supervisor/usher" "$build/tests/escapes/escapee" \
    "$build"/tests/sandboxees/{sandboxee,sandboxee_static,answering_approver}; do
    [[ ! -e $name ]] || add_program "$name"
  done
  ln -s "$build/supervisor/usher" "$root/usr/bin/usher"
  for name in tests/demo tests/fuzz/corpus tests/supervisor/audit/golden; do add_directory "$source/$name"; done
  ln -s vm/init "$root/init"
  initramfs=$work/initramfs
  { cat "$base"; pack "$root"; } >"$initramfs"
}
