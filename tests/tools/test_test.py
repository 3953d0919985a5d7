"""tools/test counts every kind of suite, shows what failed, and never passes by running nothing."""

import os
import pathlib
import subprocess

import pytest

TEST = pathlib.Path(__file__).resolve().parents[2] / "tools" / "test"
JUNIT = '<testsuite>{}</testsuite>'
SUITE = """#!/bin/sh
cat > "$RESULTS_DIR/a.xml" <<'END'
{}
END
exit {}
"""


@pytest.fixture
def run(tmp_path):
    """Runs tools/test over a tests folder that holds `files`, and an empty build folder."""

    def run_over(files, ci=""):
        (tmp_path / "build").mkdir()
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            path.chmod(0o755)
        return subprocess.run(
            [TEST, "--build", tmp_path / "build", "--tests", tmp_path / "tests"],
            env=os.environ | {"CI": ci}, capture_output=True, text=True,
        )  # fmt: skip

    return run_over


def last_line(result):
    return result.stdout.splitlines()[-1]


def suite(cases, status=0):
    return SUITE.format(JUNIT.format(cases), status)


def test_it_sums_over_ctest_pytest_and_other_suites(run):
    result = run(
        {
            "build/CTestTestfile.cmake": 'add_test(one "true")\nadd_test(two "true")\n',
            "tests/e2e/test_a.py": "def test_a(): pass\n",
            "tests/openapi/run": suite('<testcase name="a"/><testcase name="b"/>'),
        }
    )
    assert last_line(result) == "5 passed, 0 failed, 0 skipped"
    assert result.returncode == 0


def test_a_failing_ctest_fails_and_its_output_is_shown(run):
    result = run({"build/CTestTestfile.cmake": 'add_test(one "sh" "-c" "echo the reason; exit 3")\n'})
    assert last_line(result) == "0 passed, 1 failed, 0 skipped"
    assert "FAILED   one" in result.stdout and "the reason" in result.stdout
    assert result.returncode == 1


def test_a_failing_pytest_fails_and_its_output_is_shown(run):
    result = run({"tests/e2e/test_a.py": "def test_a():\n    assert 'cat' == 'dog'\n"})
    assert last_line(result) == "0 passed, 1 failed, 0 skipped"
    assert "test_a" in result.stdout and "dog" in result.stdout
    assert result.returncode == 1


def test_a_suite_that_dies_without_a_report_is_a_failure(run):
    result = run({"tests/openapi/run": "#!/bin/sh\necho no network\nexit 7\n"})
    assert last_line(result) == "0 passed, 1 failed, 0 skipped"
    assert "exit status 7" in result.stdout and "no network" in result.stdout


def test_a_suite_whose_status_disagrees_with_its_report_is_a_failure(run):
    result = run({"tests/openapi/run": suite('<testcase name="a"/>', status=1)})
    assert last_line(result) == "1 passed, 1 failed, 0 skipped"
    assert result.returncode == 1


def test_a_suite_that_ran_nothing_is_a_failure(run):
    result = run({"tests/openapi/run": suite("")})
    assert last_line(result) == "0 passed, 1 failed, 0 skipped"
    assert result.returncode == 1


def test_no_suite_at_all_is_a_failure(run):
    result = run({})
    assert last_line(result) == "0 passed, 0 failed, 0 skipped"
    assert result.returncode == 1


SKIPPED = 'import pytest\ndef test_a(): pytest.skip("no database here")\ndef test_b(): pass\n'


def test_a_skip_is_counted_with_its_reason(run):
    result = run({"tests/e2e/test_a.py": SKIPPED})
    assert last_line(result) == "1 passed, 0 failed, 1 skipped"
    assert "no database here" in result.stdout
    assert result.returncode == 0


def test_a_skip_is_a_failure_on_ci(run):
    result = run({"tests/e2e/test_a.py": SKIPPED}, ci="true")
    assert last_line(result) == "1 passed, 1 failed, 0 skipped"
    assert "no database here" in result.stdout
    assert result.returncode == 1


GTEST_SKIP = """#!/bin/sh
echo 'a_test.cpp:7: Skipped'
echo 'needs four cores'
echo
echo '[  SKIPPED ] A.B (0 ms)'
"""


def test_a_skipped_googletest_test_is_counted_with_its_reason(run, tmp_path):
    program = tmp_path / "build" / "skips"
    result = run(
        {
            "build/skips": GTEST_SKIP,
            "build/CTestTestfile.cmake": f'add_test(A.B "{program}")\n'
            'set_tests_properties(A.B PROPERTIES SKIP_REGULAR_EXPRESSION "SKIPPED")\n',
        }
    )
    assert last_line(result) == "0 passed, 0 failed, 1 skipped"
    assert "A.B: needs four cores" in result.stdout
