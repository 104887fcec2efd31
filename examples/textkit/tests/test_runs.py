from textkit.runs import run_length_decode


def test_decoding_repeats_each_character():
    assert run_length_decode([("a", 2), ("b", 1)]) == "aab"


def test_no_runs_decode_to_an_empty_text():
    assert run_length_decode([]) == ""
