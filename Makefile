# Two commands matter: `make up` for a first look, `make test` for everything that is tested.
# Both install what is missing where they may, and else say exactly what to type.

.PHONY: help up test test-long fuzz deb

help:
	@echo "make up         build, then run hub, broker and this machine's agent; prints the page's address"
	@echo "make test       install what the tests need, run every test, end with a summary"
	@echo "make test-long  what takes longer: many seeds of the simulator, minutes of fuzzing"
	@echo "make deb        Debian packages in target/debian; ARCH=amd64 (default), arm64, armhf or all"
	@echo "make fuzz       fuzz the wire format until stopped (needs a nightly toolchain)"

# UP_ARGS are handed to `picket-hub up`, for example UP_ARGS="--every 2s".
up:
	@.ci/prepare build
	@.ci/build
	@exec target/debug/picket-hub up $(UP_ARGS)

test:
	@.ci/prepare test
	@.ci/test

test-long:
	@.ci/prepare test
	@.ci/test-long

fuzz:
	@.ci/fuzz

ARCH ?= amd64
deb:
	@.ci/prepare deb
	@deploy/build-debs --arch $(ARCH)
