# The few commands that most people need; CMake does the work.
#
#   make run                 build Usher and watch the demo agent in it
#   make run CMD='npm test'  build Usher and run a command of yours in it, here
#   make test                build and run every test, as whoever you are (test-pure: the sanitizer part alone)
#   make test-ptrace         every test of the whole program with calls held by ptrace, as on a host without a listener
#   make test-threads        what has threads, under ThreadSanitizer
#   make test-vm             run the tests on another kernel or processor, emulated: tests/vm/README.md (test-matrix: on all)
#   make test-hosts          play locked-down hosts on this kernel, and write what is enforced there into docs/hosts.md
#   make bench               measure Usher on this machine: build/bench/bench.html (BENCH_FLAGS=--quick for less)
#   make bench-vm            measure the arm64 build in an emulated machine: ratios, and no times
#   make install PREFIX=…    install the program (DESTDIR is honoured)
#   make docs                write docs/syscalls.md anew after a change of the table of system calls
#   make tidy                clang-tidy over everything (TIDY='supervisor/broker' for a part)
#   make format, make clean

PREFIX ?= /usr/local
usher := build/release/supervisor/usher
export CMD

.DEFAULT_GOAL := run
.PHONY: run release test test-pure test-ptrace test-threads test-vm test-matrix test-smoke test-hosts bench bench-vm bench-docs install packages docs \
        format tidy clean

run: release
	@if [ -n "$$CMD" ]; then exec $(usher) run --receipt - -- sh -c "$$CMD"; else exec tests/demo/run.sh $(usher); fi

release: packages
	@cmake --preset release -DUSHER_TESTS=OFF >/dev/null
	@cmake --build --preset release --target usher

test: packages test-pure
	@cmake --preset dev >/dev/null
	@cmake --build --preset dev
	@ctest --preset dev -j "$$(nproc)" $(CTEST_FLAGS)

# The parts that take untrusted bytes apart and judge them, under AddressSanitizer and UndefinedBehaviorSanitizer.
test-pure: packages
	@cmake --preset asan >/dev/null
	@cmake --build --preset asan --target policies_tests syscalls_tests
	@ctest --preset asan -j "$$(nproc)" -R '^(policies|syscalls)/' -E corpus_

# The usual run has a part of these.
test-ptrace: packages
	@cmake --preset dev >/dev/null
	@cmake --build --preset dev
	@USHER_E2E_MECHANISM=ptrace ctest --preset dev -j "$$(nproc)" -R '^(e2e|escapes)/(user|root)/' $(CTEST_FLAGS)

# What runs on more than one thread, under ThreadSanitizer: the workers, and the monitor that gives them work.
test-threads: packages
	@cmake --preset tsan >/dev/null
	@cmake --build --preset tsan --target broker_tests monitor_tests
	@ctest --preset tsan -j "$$(nproc)" -R '^(broker|monitor)/'

# Variables of the command line (ARCH, KERNEL, …) are in the environment of these.
test-vm:
	@tests/vm/test-vm

test-matrix:
	@tests/vm/matrix

test-smoke:
	@tests/vm/smoke

test-hosts: packages
	@cmake --preset dev >/dev/null
	@cmake --build --preset dev --target escapes_tests lesser_host
	@tests/hosts/play

# As an ordinary user, whom root lends a directory for it.
bench: packages
	@cmake --preset release -DUSHER_TESTS=OFF -DUSHER_BENCH=ON >/dev/null
	@cmake --build --preset release --target usher_bench bench_compare bench_report
	@bench/measure.sh build/release/bench build/bench $(BENCH_FLAGS)

# The same for arm64, in an emulated machine: build/bench/bench-arm64.json.
bench-vm: packages
	@tests/vm/bench

# docs/benchmarks.md, from what `make bench` and `make bench-vm` measured.
bench-docs:
	@build/release/bench/report build/bench/bench.json --heading bench/heading.md --markdown docs/benchmarks.md \
	  $(if $(wildcard build/bench/bench-arm64.json),--emulated build/bench/bench-arm64.json,$(warning no chapter on arm64: make bench-vm))

install: release
	install -D -m 755 $(usher) "$(DESTDIR)$(PREFIX)/bin/usher"

packages:
	@.ci/install-packages

docs: packages
	@cmake --preset dev >/dev/null
	@cmake --build --preset dev --target syscalls_page
	@build/dev/supervisor/syscalls/syscalls_page > docs/syscalls.md

format:
	@command -v clang-format >/dev/null || { echo "clang-format is missing; as root: apt-get install clang-format"; exit 1; }
	@git ls-files -z '*.cc' '*.h' | xargs -0 clang-format -i

# Generated code first: clang-tidy reads it too.
tidy: packages
	@command -v run-clang-tidy >/dev/null || { echo "clang-tidy is missing; as root: apt-get install clang-tidy"; exit 1; }
	@cmake --preset tidy >/dev/null
	@cmake --build --preset tidy --target usher
	@run-clang-tidy -quiet -p build/tidy "$(CURDIR)/$(or $(TIDY),[a-z])" 2>/dev/null

clean:
	rm -rf build/release build/dev
