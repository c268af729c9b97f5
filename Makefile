# Every daily command. The logic stands in Python; here are names.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python

.DEFAULT_GOAL := help
.PHONY: help setup run demo test test-long chaos upgrade-test foreign-test cells-test security e2e lint format messages bench manage chart-test infra-test cluster-test citus-test sbom images images-test compose-test release release-test clean

help:  ## List these commands
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## ?(.*)/\1\t\2/' | expand -t 16

setup:  ## Install everything the project needs into .venv
	@$(PYTHON) scripts/setup.py

run: setup  ## Start the whole product; stop it with Ctrl-C
	@$(RUN) -m bandstand.devstack run

demo: setup  ## Fill the demo portal again
	@$(RUN) -m bandstand.devstack manage demo

test: setup  ## Run all tests but the long forms
	@# Hundreds of processes begin: where Python is told to keep no bytecode, each would compile the project anew.
	@PYTHONDONTWRITEBYTECODE= $(RUN) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

test-long: setup  ## The long forms: whole journeys in a browser, every page looked at, processes killed, the whole product started
	@PYTHONDONTWRITEBYTECODE= $(RUN) -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "long and not chaos and not security" $(ARGS)

chaos: setup  ## Kill processes and servers under load, let servers refuse, and hammer a pooler, for minutes
	@$(RUN) -m pytest -m chaos tests/worker tests/refusing tests/poolers tests/shared $(ARGS)

upgrade-test: setup  ## Upgrade an installation under load, old and new side by side; UPGRADE_FROM=commit names the old one
	@$(RUN) -m pytest -m upgrade tests/upgrade $(ARGS)

foreign-test: setup  ## Read the calendars that other projects test themselves with, and ours by ical.js; fetches packages from the indexes
	@$(RUN) -m pytest -m foreign tests/foreign -s $(ARGS)

cells-test: setup  ## Run two cells under load: placing, moving, a release, a dead cell, draining one
	@$(RUN) -m pytest -m cells tests/cells $(ARGS)

cluster-test: setup  ## Try the reconciler of domains and the guide's commands on the Kubernetes API server that BANDSTAND_TEST_KUBECONFIG leads to
	@$(RUN) -m pytest -m "cluster or not cluster" tests/worker/cluster $(ARGS)
	@$(RUN) -m pytest -c tests/deploy/pytest.ini -m cluster tests/deploy/chart

citus-test: setup  ## Try everything that touches schemas on the Citus cluster that BANDSTAND_TEST_CITUS_URL names
	@$(RUN) -m pytest -m citus tests/citus $(ARGS)

security: setup  ## The long forms of the attacks, every payload at every address, and two scanners of others
	@$(RUN) -m pytest -n 2 --dist loadgroup -m "security or attack" tests $(ARGS)

e2e: setup  ## Run the browser journeys alone
	@$(RUN) -m pytest -m e2e $(ARGS)

lint: setup  ## Check style, types, layers, templates, migrations, licences, dangerous calls, production settings
	@$(RUN) -m bandstand.devstack lint

format: setup  ## Format the code and the templates
	@$(VENV)/bin/ruff check --fix-only -q . ; $(VENV)/bin/ruff format .

messages: setup  ## Collect translatable texts into the catalogues (needs GNU gettext)
	@$(RUN) scripts/messages.py

bench: setup  ## Measure; prints the tables and writes them into docs/performance.md
	@$(RUN) -m tests.bench $(ARGS)

manage: setup  ## Run a Django command: make manage ARGS="check_tenants"
	@$(RUN) -m bandstand.devstack manage $(ARGS)

chart-test: setup  ## Check the Helm chart: schema, rendering, policies; and what the images are built and started by
	@$(RUN) -m pytest -c tests/deploy/pytest.ini tests/deploy/chart tests/deploy/images/test_compose.py tests/deploy/images/test_dockerfiles.py tests/deploy/release -n 2 --dist loadgroup $(ARGS)

infra-test: setup  ## Check the Terraform modules and environments
	@$(RUN) -m pytest -c tests/deploy/pytest.ini tests/deploy/terraform -n 2 $(ARGS)

sbom: setup  ## List every package that runs in production, with version, hashes and licence, as CycloneDX in .local/
	@$(RUN) scripts/sbom.py

images: setup  ## Build both images with docker or buildah
	@$(RUN) deploy/images.py $(ARGS)

images-test: setup  ## Run both images hardened: a sign-up, a job, an orderly end
	@$(RUN) -m pytest -c tests/deploy/pytest.ini tests/deploy/images $(ARGS)

compose-test: setup  ## Act out docs/one-machine.md with both images and Docker Compose: install, upgrade, restore a portal
	@$(RUN) -m pytest -c tests/deploy/pytest.ini tests/deploy/compose $(ARGS)

release: setup  ## Release VERSION=x.y.z: check, set the version, build, sign, tag; published only with ARGS="--registry … --key …"
	@$(RUN) -m deploy.release $(VERSION) $(ARGS)

release-test: setup  ## Publish a release of a copy to a registry on this machine, and verify it as operators do
	@$(RUN) -m pytest -c tests/deploy/pytest.ini -m registry tests/deploy/release $(ARGS)

clean:  ## Remove what was installed and generated; keeps the development data
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis staticfiles
