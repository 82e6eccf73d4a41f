"""How many examples the properties try: `--hypothesis-profile=prove` tries many more.

No example is kept between runs: a failure prints what reproduces it.
"""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "check",
    max_examples=50,
    deadline=None,  # other work on the machine is no failure
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],  # whole events are large, and made on purpose
)
settings.register_profile("prove", settings.get_profile("check"), max_examples=1_000)
settings.load_profile("check")
