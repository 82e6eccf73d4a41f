import base64
from collections.abc import Callable

import pytest

from consent_ledger.transparency.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from consent_ledger.transparency.note_keys import NoteError, SigningKey, VerifierKey
from consent_ledger.transparency.signed_note import MAX_NOTE_BYTES, open_note, parse_note, sign_note

# c2sp.org/signed-note and tlog-checkpoint use this key in their examples
SPEC_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"

# the example of Go's golang.org/x/mod/sumdb/note, which signed notes come from
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
GO_NOTE = (
    f"{GO_TEXT}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSN"
    "XgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)

ROOT = bytes(range(32))


@pytest.fixture
def key() -> SigningKey:
    """Make a log's key."""
    return SigningKey.generate("hub.example/ledger")


def test_the_specification_s_key_is_read_and_written_again() -> None:
    """The verifier key of the specification keeps its id and its spelling."""
    key = VerifierKey.from_vkey(SPEC_VKEY)

    assert (key.name, key.key_id.hex(), key.vkey) == ("example.com/foo", "530d903a", SPEC_VKEY)


def test_a_note_of_another_program_verifies_and_is_made_alike() -> None:
    """Go's example note verifies, and its key makes the very same note here."""
    verified = open_note(GO_NOTE, [VerifierKey.from_vkey(GO_VKEY)])

    assert verified.text == GO_TEXT
    assert sign_note(GO_TEXT, SigningKey.from_seed("PeterNeumann", GO_SEED)) == GO_NOTE


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "example.com/foo",
        SPEC_VKEY[:-4],
        SPEC_VKEY[1:],
        SPEC_VKEY.replace("530d903a", "530d903b"),
        SPEC_VKEY.replace("530d903a", "530D903A"),
        SPEC_VKEY.replace("+Aeky", "+Beky"),
        SPEC_VKEY.replace("example.com/foo", "example.com /foo"),
    ],
)
def test_a_verifier_key_with_anything_changed_is_refused(vkey: str) -> None:
    """A key whose name, id, type and bytes do not belong together is not read."""
    with pytest.raises(NoteError):
        VerifierKey.from_vkey(vkey)


def test_a_checkpoint_says_what_was_signed(key: SigningKey) -> None:
    """Origin, size and root come back, and the text has the three lines of the format."""
    note = sign_checkpoint(key, 20852163, ROOT)

    assert note.startswith(
        "hub.example/ledger\n20852163\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n— hub."
    )
    assert open_checkpoint(note, [key.verifier_key]) == Checkpoint(
        "hub.example/ledger", 20852163, ROOT
    )
    assert open_checkpoint(note.encode(), [key.verifier_key]).size == 20852163


@pytest.mark.parametrize(
    "alter",
    [
        lambda note: note.replace("\n7\n", "\n8\n"),
        lambda note: note.replace("AAEC", "AAED"),
        lambda note: "other" + note,
        lambda note: note.replace("\n\n", "\nextension\n\n", 1),
    ],
)
def test_an_altered_checkpoint_is_refused(key: SigningKey, alter: Callable[[str], str]) -> None:
    """A known key's signature that does not fit the text rejects the note, whoever looks."""
    altered = alter(sign_checkpoint(key, 7, ROOT))

    for verifier in (key, key.verifier_key):
        with pytest.raises(NoteError, match="does not verify"):
            open_checkpoint(altered, [verifier])


def test_whoever_holds_the_key_knows_its_signatures_again(key: SigningKey) -> None:
    """Without the public half: a text is signed in one way only, and by this key alone."""
    note = sign_checkpoint(key, 7, ROOT)

    assert open_checkpoint(note, [key]) == open_checkpoint(note, [key.verifier_key])
    with pytest.raises(NoteError, match="None of the known keys"):
        open_checkpoint(note, [SigningKey.generate(key.name)])


def test_unknown_signatures_are_ignored(key: SigningKey) -> None:
    """Sixteen signatures of strangers, one under the log's own name, change nothing."""
    strangers = [SigningKey.generate(f"witness.example/{n}") for n in range(15)]
    impostor = SigningKey.generate("hub.example/ledger")
    text = "hub.example/ledger\n7\n" + base64.b64encode(ROOT).decode() + "\n"
    note = sign_note(text, *strangers, impostor, key)

    assert len(parse_note(note)[1]) == 17
    assert open_checkpoint(note, [key.verifier_key]).size == 7


def test_sixteen_post_quantum_signatures_are_accepted(key: SigningKey) -> None:
    """Signatures of a kind and length not known here (5,000 bytes) are let be."""
    foreign = "".join(
        f"— witness.example/{n} {base64.b64encode(bytes(4) + bytes(5000)).decode()}\n"
        for n in range(16)
    )

    assert open_checkpoint(sign_checkpoint(key, 7, ROOT) + foreign, [key.verifier_key]).size == 7


def test_one_false_signature_of_a_known_key_rejects_the_whole_note(key: SigningKey) -> None:
    """A note signed well by one known key and falsely by another is refused."""
    witness = SigningKey.generate("witness.example/a")
    good = sign_checkpoint(key, 7, ROOT)
    for_another_text = sign_note("something else\n", witness).rpartition("\n\n")[2]

    with pytest.raises(NoteError, match=r"witness.example/a does not verify"):
        open_checkpoint(good + for_another_text, [key.verifier_key, witness.verifier_key])


def test_a_note_that_no_known_key_signed_is_refused(key: SigningKey) -> None:
    """An intact note of a stranger, or no known key at all, is no proof of anything."""
    note = sign_checkpoint(SigningKey.generate("hub.example/ledger"), 7, ROOT)

    with pytest.raises(NoteError, match="None of the known keys"):
        open_checkpoint(note, [key.verifier_key])
    with pytest.raises(NoteError, match="None of the known keys"):
        open_checkpoint(note, [])


def test_a_witness_alone_does_not_speak_for_a_log(key: SigningKey) -> None:
    """A checkpoint must be signed under the name of the log that it is about."""
    witness = SigningKey.generate("witness.example/a")
    note = sign_note(parse_note(sign_checkpoint(key, 7, ROOT))[0], witness)

    with pytest.raises(NoteError, match="another log"):
        open_checkpoint(note, [witness.verifier_key, key.verifier_key])


@pytest.mark.parametrize(
    "text",
    [
        "hub.example/ledger\n7\n",
        "hub.example/ledger\n07\nROOT\n",
        "hub.example/ledger\n-7\nROOT\n",
        "hub.example/ledger\n\N{ARABIC-INDIC DIGIT SEVEN}\nROOT\n",
        "hub.example/ledger\n7 \nROOT\n",
        f"hub.example/ledger\n{10**19}\nROOT\n",
        "hub.example/ledger\n7\nROOT=\n",
        "hub.example/ledger\n7\nAAEC\n",
        "hub.example/ledger\n\n7\nROOT\n",
        "\n7\nROOT\n",
        "hub.example/ledger\n7\nROOT\n\nmore\n",
    ],
)
def test_a_signed_text_that_is_no_checkpoint_is_refused(key: SigningKey, text: str) -> None:
    """The signature alone does not make a text a checkpoint: its form must be exact."""
    note = sign_note(text.replace("ROOT", base64.b64encode(ROOT).decode()), key)

    with pytest.raises(NoteError):
        open_checkpoint(note, [key.verifier_key])


def test_extension_lines_are_accepted_and_dropped(key: SigningKey) -> None:
    """Lines after the root are allowed by the format and mean nothing here."""
    text = f"hub.example/ledger\n7\n{base64.b64encode(ROOT).decode()}\nsomething more\n"

    assert open_checkpoint(sign_note(text, key), [key.verifier_key]).root == ROOT


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n",
        GO_TEXT,
        GO_TEXT + "\n",
        GO_NOTE[:-1],
        GO_NOTE[:-1] + "x",
        GO_NOTE + "\n",
        GO_NOTE.replace("\n\n", "\n"),
        GO_NOTE.replace("—", "-"),
        GO_NOTE.replace("— ", "—  "),
        GO_NOTE.replace(" x08", "  x08"),
        GO_NOTE.replace("x08go", "x08g"),
        GO_NOTE.replace("AM=", "AN="),  # the same bytes in another spelling
        GO_NOTE.replace("— PeterNeumann", "— Peter+Neumann"),
        GO_NOTE.replace("If", "\tIf"),
        GO_NOTE.replace("If", "\r\nIf"),
        GO_NOTE.replace("If", "\ud800If"),
        GO_NOTE.encode("utf-16"),
        f"{GO_TEXT}\n— PeterNeumann x08gow==\n",
    ],
)
def test_a_malformed_note_is_refused(note: str | bytes) -> None:
    """Anything but text, an empty line and signature lines to the end is not a note."""
    with pytest.raises(NoteError):
        open_note(note, [VerifierKey.from_vkey(GO_VKEY)])


def test_a_note_without_end_is_refused(key: SigningKey) -> None:
    """Even a well-signed note is not read when it is longer than the bound."""
    stranger = f"— witness.example/a {base64.b64encode(bytes(68)).decode()}\n"
    note = sign_checkpoint(key, 7, ROOT)
    longest = note + stranger * ((MAX_NOTE_BYTES - len(note.encode())) // len(stranger.encode()))

    assert open_checkpoint(longest, [key.verifier_key]).size == 7
    with pytest.raises(NoteError, match="131,072 bytes"):
        open_checkpoint(longest + stranger, [key.verifier_key])


def test_a_text_may_have_empty_lines() -> None:
    """Signatures begin behind the last empty line."""
    key = SigningKey.generate("a")
    note = sign_note("one\n\ntwo\n\n", key)

    assert open_note(note, [key.verifier_key]).text == "one\n\ntwo\n\n"


@pytest.mark.parametrize("text", ["no newline", "a tab\t\n", "lone \ud800\n"])
def test_a_text_that_no_note_can_hold_is_not_signed(text: str) -> None:
    """What a verifier would refuse to read is not signed in the first place."""
    with pytest.raises(NoteError):
        sign_note(text, SigningKey.generate("a"))


def test_nothing_is_signed_for_an_empty_log(key: SigningKey) -> None:
    """A checkpoint of no entries would prove nothing."""
    with pytest.raises(NoteError, match="no checkpoint of 0"):
        sign_checkpoint(key, 0, ROOT)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\u2003b", "a\x00b", "a\n"])
def test_a_key_s_name_must_fit_into_a_signature_line(name: str) -> None:
    """Names that are empty or have a space of any kind, a plus or a control are refused."""
    with pytest.raises(NoteError, match="name"):
        SigningKey.generate(name)


def test_a_seed_of_another_length_is_refused() -> None:
    """Without the seed in the message."""
    with pytest.raises(NoteError, match="32 bytes"):
        SigningKey.from_seed("a", b"short")


def test_a_signing_key_does_not_show_itself() -> None:
    """Neither repr nor attributes of a signing key hold its seed."""
    key = SigningKey.from_seed("a", GO_SEED)

    assert GO_SEED.hex() not in repr(key)
    assert not hasattr(key, "__dict__")
