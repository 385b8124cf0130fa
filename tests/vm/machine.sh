# Sourced by test-vm: the machine itself. Emulated without KVM, so that it is the same everywhere, and slow.

# All processors of a guest share one thread: with one each, qemu 7.2 now and then runs stale code where a kernel has
# patched itself, and crashes the guest.
readonly accelerator=tcg,thread=single
case $arch in
  amd64) qemu=qemu-system-x86_64 qemu_machine=q35 qemu_cpu=max qemu_console=ttyS0 ;;
  # Without impdef the pointer authentication of "max" is computed as a cipher, and a boot takes three times as long.
  arm64) qemu=qemu-system-aarch64 qemu_machine=virt qemu_cpu=max,pauth-impdef=on qemu_console=ttyAMA0 ;;
esac

# boot KERNEL INITRAMFS CONSOLE LIMIT: runs the machine to its end, shows what its tests say, keeps the whole console in a
# file, and returns the guest's exit code: 124 when the time was up, 125 when the machine died without one.
boot() {
  local mark machine_code code
  # The guest's programs do not know it, so none can print an end of its own.
  mark=$(od -An -N8 -tx8 /dev/urandom | tr -d ' ')
  machine_code=0
  # The kernel hands what it does not know, and has no dot in its name, to the first process as a variable.
  timeout --foreground --kill-after=5 "$4" "$qemu" -machine "$qemu_machine" -accel "$accelerator" -cpu "$qemu_cpu" \
    -smp 2 -m "$memory" -nodefaults -display none -serial stdio -no-reboot -kernel "$1" -initrd "$2" \
    -append "console=$qemu_console quiet panic=-1 oops=panic usher_mark=$mark $append" </dev/null 2>&1 |
    tee "$3" | shown "$mark" || machine_code=${PIPESTATUS[0]}
  code=$(sed -n "s/^$mark end \([0-9]*\)\r*$/\1/p" "$3")
  if [[ $code ]]; then return "$code"; fi
  if ((machine_code == 124 || machine_code == 137)); then
    say "no end within $4 seconds"
    return 124
  fi
  tail -n 40 "$3" >&2
  say "the machine stopped without a result; qemu ended with $machine_code"
  return 125
}

# shown MARK: of a console, what the tests said. The reports of `usher doctor` are for other programs to read.
shown() {
  stdbuf -oL sed -n -e 's/\r$//' -e "/^$1 begin/,/^$1 end/{/^$1 /d;/^doctor /d;p}"
}
