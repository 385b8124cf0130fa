# Sourced by test-vm and by bench: the benchmark suite in the guest. It is built as people run Usher, whatever the tests are
# built as, and lies in a part of the initramfs of its own, that the kernel unpacks over the others.

# release_of: sets $release to the build directory of the suite for $arch, and builds it there.
release_of() {
  local preset=release options=(-DUSHER_TESTS=OFF -DUSHER_BENCH=ON)
  [[ ! $cross ]] || preset=$arch-release options=()
  release=$source/build/$preset
  [[ ! $cross ]] || build_with dev filter_generator builtin_generator
  say "building the suite for $preset"
  (
    flock 8
    cd "$source"
    cmake --preset "$preset" "${options[@]}" >/dev/null
    cmake --build --preset "$preset" --target usher_bench
  ) 8>"$cache/building-$preset"
}

# add_bench SCRIPT AS: appends to $initramfs the suite of $release, and the script of the guest as /vm/AS.
add_bench() {
  local name
  root=$work/bench
  mkdir -p "$root/vm"
  for name in supervisor/usher bench/usher_bench bench/bench_caller; do add_program "$release/$name"; done
  install -m 755 "guest/$1" "$root/vm/$2"
  printf '%s\n' "$release/bench/usher_bench" >"$root/vm/usher_bench"
  pack "$root" >>"$initramfs"
}
