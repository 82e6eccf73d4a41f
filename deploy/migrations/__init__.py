"""The tables' versions, the step from each to the next, and connections to what they made."""
