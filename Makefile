# Every target does its own set-up on a bare Debian 12 (as root or with sudo); what is there already costs no time.

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint format package bench test-matrix translations clean

help: ## this list
	@echo "GeoCollab: QGIS Processing algorithms for the collaborative services of the Géoplateforme"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install everything the other targets need (Debian packages, .venv, .venv-tools, plugin link)
	@tools/setup.sh test

demo: ## see it work: a local server, real QGIS operations, an HTML report
	@tools/setup.sh run
	@tools/demo.sh

test: ## lint and all tests (MATRIX=1: on newer QGIS as well; ARGS="-k name": options for pytest)
	@tools/setup.sh test
	@tools/test.sh $(ARGS)

lint: ## style, types, security, Qt6 names, translations
	@tools/setup.sh test
	@tools/lint.sh

format: ## put every Python file in the project's style
	@tools/setup.sh test
	@.venv-tools/bin/ruff check --quiet --fix-only .
	@.venv-tools/bin/ruff format .

package: ## the zip for QGIS's plugin manager, checked against the rules of the plugin site
	@tools/setup.sh test
	@.venv/bin/python tools/package.py
	@.venv/bin/python tools/check_package.py

bench: ## measure the speed of downloads, the store and the operations
	@tools/setup.sh run
	@.venv/bin/python -m benchmarks

test-matrix: ## the same tests on newer QGIS versions, in chroots made once (needs root)
	@tools/matrix.sh $(ARGS)

translations: ## bring i18n/fr.po in step with the code, say what is left to translate, compile
	@tools/setup.sh run
	@.venv/bin/python tools/translations.py extract
	@.venv/bin/python tools/translations.py compile
	@.venv/bin/python tools/translations.py check

clean: ## remove everything that was made here (not the Debian packages, not the chroots)
	rm -rf build .venv .venv-tools .pytest_cache .mypy_cache .ruff_cache .hypothesis i18n/*.mo i18n/*.pot
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
