# Sourced by test-vm: the machine itself. Emulated without KVM, so that it is the same everywhere, and slow.

# All processors of a guest share one thread: with one each, qemu 7.2 now and then runs stale code where a kernel has
# patched itself, and crashes the guest.
readonly accelerator=tcg,thread=single
clock=()  # the machine's own
case $arch in
  amd64) qemu=qemu-system-x86_64 qemu_machine=q35 qemu_cpu=max qemu_console=ttyS0 ;;
  # Without impdef the pointer authentication of "max" is computed as a cipher, and a boot takes three times as long.
  arm64) qemu=qemu-system-aarch64 qemu_machine=virt qemu_cpu=max,pauth-impdef=on qemu_console=ttyAMA0 ;;
esac

# Seconds in which a guest has to have come to its first process; the slowest here took 20.
readonly boot_limit=120

# boot KERNEL INITRAMFS CONSOLE LIMIT: runs the machine to its end, shows what its tests say, keeps the whole console in a
# file, and returns the guest's exit code: 124 when the time was up, 125 when the machine died without one, 126 when it did
# not even start.
boot() {
  local mark machine_code code watch
  # The guest's programs do not know it, so none can print an end of its own.
  mark=$(od -An -N8 -tx8 /dev/urandom | tr -d ' ')
  machine_code=0
  : >"$3"
  started_in_time "$mark" "$3" &
  watch=$!
  # The kernel hands what it does not know, and has no dot in its name, to the first process as a variable.
  { echo "$BASHPID" >"$work/machine" && exec timeout --foreground --kill-after=5 "$4" "$qemu" -machine "$qemu_machine" \
    -accel "$accelerator" "${clock[@]}" -cpu "$qemu_cpu" -smp "${processors:-2}" -m "$memory" -nodefaults -display none -serial stdio -no-reboot \
    -kernel "$1" -initrd "$2" -append "console=$qemu_console quiet panic=-1 oops=panic usher_mark=$mark $append"; } \
    </dev/null 2>&1 | tee "$3" | shown "$mark" || machine_code=${PIPESTATUS[0]}
  kill "$watch" 2>/dev/null || true
  code=$(sed -n "s/^$mark end \([0-9]*\)\r*$/\1/p" "$3")
  if [[ $code ]]; then return "$code"; fi
  if ! has_started "$mark" "$3"; then
    tail -n 40 "$3" >&2
    say "the machine did not start; qemu ended with $machine_code"
    return 126
  fi
  if ((machine_code == 124 || machine_code == 137)); then
    say "no end within $4 seconds"
    return 124
  fi
  tail -n 40 "$3" >&2
  say "the machine stopped without a result; qemu ended with $machine_code"
  return 125
}

has_started() { grep -q "^$1 begin" "$2"; }

# started_in_time MARK CONSOLE: ends the machine if it has not started when it should have.
started_in_time() {
  local i
  for ((i = 0; i < boot_limit; i++)); do
    sleep 1
    ! has_started "$1" "$2" || return 0
  done
  say "no first process within $boot_limit seconds"
  kill "$(<"$work/machine")"
}

# shown MARK: of a console, what the tests said. The reports of `usher doctor` are for other programs to read.
shown() {
  stdbuf -oL sed -n -e 's/\r$//' -e "/^$1 begin/,/^$1 end/{/^$1 /d;/^doctor /d;p}"
}
