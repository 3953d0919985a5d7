"""tools/lint finds what it is for, in a small repository made for each test."""

import pathlib
import subprocess

import pytest

LINT = pathlib.Path(__file__).resolve().parents[2] / "tools" / "lint"
TABLE = """# Architecture

| folder | may use | third parties of its own |
| --- | --- | --- |
| `base` | | |
| `crypto` | `base` | `openssl/` |
"""
CLEAN = {
    "ARCHITECTURE.md": TABLE,
    ".clang-format": "BasedOnStyle: Google\n",
    "src/base/clock.hpp": "// Time.\n#pragma once\n",
    "src/crypto/hash.cpp": '#include <openssl/evp.h>\n\n#include "base/clock.hpp"\n',
}


@pytest.fixture
def lint(tmp_path):
    """Runs the checks over CLEAN with `files` put in; a value of None removes a file."""

    def run(files):
        subprocess.run(["git", "init", "-q", tmp_path], check=True)
        for name, text in (CLEAN | files).items():
            if text is not None:
                (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / name).write_text(text)
        return subprocess.run([LINT, "--root", tmp_path], capture_output=True, text=True)

    return run


def test_a_clean_tree_passes(lint):
    result = lint({})
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 findings" in result.stdout


LONG_FUNCTION = "int f() {\n" + "  f();\n" * 70 + "  return 0;\n}\n"
FINDINGS = {
    "an unformatted file": ({"src/base/a.cpp": "int  a ;\n"}, "src/base/a.cpp:1: not formatted"),
    "an include against the arrows": (
        {"src/base/a.cpp": '#include "crypto/hash.hpp"\n'},
        "src/base/a.cpp:1: src/base may not use src/crypto",
    ),
    "a third party outside its folder": (
        {"src/base/a.cpp": "#include <openssl/sha.h>\n"},
        "src/base/a.cpp:1: <openssl/sha.h> belongs to crypto",
    ),
    "a third party in a program": (
        {"apps/a/main.cpp": "#include <openssl/sha.h>\n"},
        "<openssl/sha.h> belongs to crypto",
    ),
    "a folder without a row": ({"src/sql/a.cpp": "int a;\n"}, "has no row for src/sql"),
    "a row without a folder": ({"src/crypto/hash.cpp": None}, "names src/crypto, which is not"),
    "a file over the limit": ({"src/base/a.cpp": "int a;\n" * 501}, "501 lines; the limit is 500"),
    "a function over the limit": ({"src/base/a.cpp": LONG_FUNCTION}, "f has 73 lines"),
    "a Python function over the limit": (
        {"tools/a.py": "def f():\n" + "    f()\n" * 70},
        "tools/a.py:1: f has 71 lines",
    ),
    "unfinished work": ({"docs/a.md": "a\n%s: later\n" % ("TO" + "DO")}, "docs/a.md:2: "),
    "a silent skip": ({"src/base/a_test.cpp": "void f() { GTEST_SKIP(); }\n"}, "what is missing"),
    "a sleeping test": ({"src/base/a_test.cpp": "void f() { sleep_for(1); }\n"}, "for an event"),
    "a header without an opening": ({"src/base/a.hpp": "#pragma once\n"}, "what it is for"),
    "a broken shell script": ({"tools/a": "#!/usr/bin/env bash\nif then\n"}, "tools/a:1: "),
    "a broken Python script": ({"tools/a.py": "def f(:\n"}, "tools/a.py:1: not Python"),
}


@pytest.mark.parametrize("case", FINDINGS)
def test_it_finds(lint, case):
    files, finding = FINDINGS[case]
    result = lint(files)
    assert result.returncode == 1, result.stdout + result.stderr
    assert finding in result.stdout


def test_a_file_over_the_soft_limit_is_noted_but_passes(lint):
    result = lint({"src/base/a.cpp": "int a;\n" * 301})
    assert result.returncode == 0, result.stdout
    assert "note: src/base/a.cpp has 301 lines" in result.stdout
