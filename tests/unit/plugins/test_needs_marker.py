import pytest

SUITE = """
    import pytest

    @pytest.mark.needs("no-such-program", install="apt-get install no-such-program")
    def test_one(): pass

    @pytest.mark.needs("no-such-program", install="apt-get install no-such-program")
    def test_two(): pass

    @pytest.mark.needs("sh", install="apt-get install dash")
    def test_three(): pass
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """Write a suite of three tests, of which two need a program that is not there."""
    pytester.makepyfile(SUITE)
    pytester.makeini("[pytest]")
    return pytester


def test_a_missing_program_is_named_at_the_end_with_the_line_that_installs_it(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is skipped silently."""
    monkeypatch.delenv("CI", raising=False)

    result = suite.runpytest_inprocess("-p", "tests.plugins.needs")

    result.assert_outcomes(passed=1, skipped=2)
    result.stdout.fnmatch_lines(
        ["no-such-program: 2 test(s). To run them: apt-get install no-such-program"]
    )


def test_in_ci_a_missing_program_is_a_failure(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CI must have every program, or a suite could go missing for months."""
    monkeypatch.setenv("CI", "true")

    result = suite.runpytest_inprocess("-p", "tests.plugins.needs")

    result.assert_outcomes(passed=1, errors=2)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
