"""The last part of a command's help: lines that can be copied, and what its exit codes mean."""

from deploy.cli.exit_codes import ExitCode

_MEANINGS = {
    ExitCode.DIFFERENCES: "it found something",
    ExitCode.POSSIBLE_MATCH: "somebody may have a number already: see what is printed",
    ExitCode.NOT_ENFORCED: "recorded, but the filter did not get to it in the time given",
}


def examples(*lines: str, exits: tuple[ExitCode, ...] = ()) -> str:
    """Return examples for the end of a help text, as they stand; a line may be a comment.

    `exits` are the exit codes beyond 0 (done), 1 (failed) and 2 (wrong usage).
    """
    title = "Example:" if len(lines) == 1 else "Examples:"
    text = "\b\n" + "\n".join([title, *(f"  {line}" for line in lines)])
    if exits:
        meant = [f"  {code.value}  {_MEANINGS[code]}" for code in exits]
        text += "\n\n\b\n" + "\n".join(["Exit codes beside 0, 1 and 2:", *meant])
    return text
