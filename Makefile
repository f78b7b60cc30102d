# 一线 Yixian: one door for developers. `make help` lists the targets.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ASSETS := src/yixian/web/static/vendor
ORDERS ?= 3000
JOBS ?= 2
.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench bench-web screenshots fmt lock clean

help: ## 列出全部目标 (this list)
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.package $(ASSETS)/.installed ## 建立 .venv 并安装全部依赖和前端资源 (environment, locked; repeating is instant)

demo: setup ## 起一个完整的演示平台: 数据库、网页、后台任务、五个地区的数据 (ORDERS=3000)
	@exec $(BIN)/yixian demo --orders $(ORDERS)

test: setup ## 运行全部测试; ARGS="-k 名称" 可传参数, JOBS=2 为并行数 (all tests)
	@sh .ci/browser
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(ARGS)

check: setup ## 格式、静态检查、类型、分层契约 (format, lint, types, import contract)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup ## 性能测试, 输出表格和 JSON (benchmarks)
	@$(BIN)/yixian bench $(ARGS)

bench-web: setup ## 页面的服务器时间 (一百万件工单) 和慢机器上的首次绘制 (pages: server time, first paint)
	@sh .ci/browser
	@$(BIN)/python -m tests.browser.bench_web $(ARGS)

screenshots: setup ## 把每一页按电脑和手机宽度拍下来, 放在 build/screenshots; ARGS="public" 只拍公众页 (pictures of all pages)
	@sh .ci/browser
	@$(BIN)/python -m tests.browser.screens build/screenshots $(ARGS)

fmt: setup ## 整理格式并自动修正 (format and autofix)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: setup ## 按 pyproject.toml 重新锁定依赖 (needs the tool uv on the PATH)
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --upgrade \
		--custom-compile-command "make lock" -q -o requirements.lock
	uv pip compile pyproject.toml --extra dev -c requirements.lock --universal --python-version 3.11 --generate-hashes \
		--upgrade --custom-compile-command "make lock" -q -o requirements-dev.lock

clean: ## 删除环境和生成物 (keeps .yixian, where the data lives)
	rm -rf $(VENV) node_modules $(ASSETS) build dist

$(VENV)/.dependencies: requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "需要 Python 3.11 或更新版本; 用 make PYTHON=/路径/python3.11 指定。"; exit 1; }
	@echo "[1/3] 建立环境 $(VENV) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "[2/3] 安装锁定的依赖 (首次需要下载, 约一两分钟) ..."
	@$(BIN)/python -m pip install --disable-pip-version-check --no-input --require-hashes \
		-r requirements-dev.lock
	@touch $@

$(VENV)/.package: $(VENV)/.dependencies pyproject.toml
	@$(BIN)/python -m pip install --disable-pip-version-check --no-input -q --no-deps --no-build-isolation -e .
	@touch $@

$(ASSETS)/.installed: $(VENV)/.package package.json package-lock.json src/yixian/ops/assets.py
	@echo "[3/3] 安装前端资源 ..."
	@$(BIN)/python -m yixian.ops.assets
	@touch $@
