import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_ledger.matching.names import person_name
from consent_ledger.matching.spelling import words_of


def latin(text: str) -> list[str]:
    """Return a name's words in Latin letters."""
    return [word.latin for word in words_of(text)]


@pytest.mark.parametrize(
    ("written", "other"),
    [
        ("Łukasz", "Lukasz"),
        ("Søren", "Soren"),
        ("O’Connor", "O'Connor"),
        ("Oʼconnor", "OConnor"),
        ("O`CONNOR", "o‘connor"),
        ("Zoë", "Zoe\u0308"),
        ("İbrahim", "ibrahim"),
        ("Jean-Luc", "Jean Luc"),
        ("Ｊａｎｅ", "Jane"),
        ("Ad\u200ba", "Ada"),
    ],
)
def test_one_name_in_two_spellings_is_one(written: str, other: str) -> None:
    """Accents, case, apostrophes, hyphens, wide letters and what cannot be seen do not count."""
    assert latin(written) == latin(other) != []


@pytest.mark.parametrize(
    ("native", "romanised"),
    [
        ("Мохаммед", "Mohammed"),
        ("Щербаков", "Shcherbakov"),
        ("Юлия", "Julia"),
        ("محمد", "Muhammad"),
        ("أحمد", "Ahmed"),
        ("احمد", "Ahmad"),
        ("يوسف", "Yusuf"),
        ("خديجة", "Khadija"),
        ("حسين", "Hussain"),
        ("فاطمة", "Fatima"),
        ("إبراهيم", "Ibrahim"),
        ("राहुल", "Rahul"),
        ("शर्मा", "Sharma"),
        ("প্রিয়া", "Priya"),
        ("রহমান", "Rahman"),
        ("Γιώργος", "Giorgos"),
        ("王伟", "Wangwei"),
    ],
)
def test_a_name_sounds_alike_in_its_own_script(native: str, romanised: str) -> None:
    """Where a script writes no vowels, the consonants say it."""
    (own,), (latin_word,) = words_of(native), words_of(romanised)

    assert own.sound == latin_word.sound
    assert own.native
    assert not latin_word.native


def test_two_names_of_another_script_stay_two() -> None:
    """王伟 and 汪巍 are both Wang Wei in Latin letters: they keep their own."""
    (wang,), (other,) = words_of("王伟"), words_of("汪巍")

    assert wang.latin == other.latin
    assert wang.native != other.native


@pytest.mark.parametrize("written", ["", "-", "...", "’’", "🙂🙂", "***", "\u200b", "!?"])
def test_symbols_alone_are_no_name(written: str) -> None:
    """Two people whose names are symbols have nothing in common."""
    assert words_of(written) == ()
    assert person_name(written, written) is None


@pytest.mark.parametrize("written", ["Unknown", "FNU", "Not known", "n.f.n."])
def test_what_a_form_insists_on_is_no_name(written: str) -> None:
    """A word that stands for a missing name says nothing."""
    assert person_name(written, None) is None


@pytest.mark.parametrize(
    ("family", "other"),
    [("De Haro", "de Haro"), ("Mc Donald", "McDonald"), ("O Connor", "O'Connor")],
)
def test_a_family_name_of_two_words_is_read_as_written_in_one(family: str, other: str) -> None:
    """A particle stands apart; O and Mc are bound to the next word."""
    assert person_name("A", family) == person_name("A", other)


def test_a_particle_alone_is_a_name() -> None:
    """Le is a family name in Vietnam."""
    name = person_name("Minh", "Le")

    assert name is not None
    assert [word.latin for word in name.family] == ["le"]


def test_a_whole_name_in_one_field_is_taken_apart() -> None:
    """Given names alone, of two words: the last is the family name; one word stays alone."""
    whole, single = person_name("Ada Nwosu", None), person_name("Suharto", None)

    assert whole == person_name("Ada", "Nwosu")
    assert single is not None
    assert single.family == ()


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_letters_are_read_as_all_others_are(text: str) -> None:
    """What cannot be seen beside them changes nothing."""
    assert words_of(text) == words_of(f"{text}\u200b")
