from pathlib import Path

import pytest

from tests.plugins import published_files

SUITE = """
    def test_of_a_published_file(shared_data):
        assert shared_data.is_dir()

    def test_of_our_own(): pass
"""


@pytest.mark.parametrize("arguments", [(), ("-q",)])
def test_where_no_published_file_is_their_tests_are_left_out_and_counted(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    """They are not skipped, and a quiet run says so too."""
    monkeypatch.setattr(published_files, "FOLDER", pytester.path / "nowhere")

    result = pytester.runpytest_inprocess("-p", "tests.plugins.published_files", *arguments)

    result.assert_outcomes(passed=1, deselected=1)
    result.stdout.fnmatch_lines(
        ["left out: 1 test(s) of published files, which are not in ../shared/data"]
    )


def test_where_the_published_files_are_their_tests_run(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nothing is left out, and nothing is said."""
    monkeypatch.setattr(published_files, "FOLDER", tmp_path)

    result = pytester.runpytest_inprocess("-p", "tests.plugins.published_files")

    result.assert_outcomes(passed=2)
    result.stdout.no_fnmatch_line("left out*")


@pytest.fixture(autouse=True)
def _suite(pytester: pytest.Pytester) -> None:
    """Write a suite of two tests, of which one needs a published file."""
    pytester.makepyfile(SUITE)
    pytester.makeini("[pytest]")
