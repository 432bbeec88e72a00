"""Settings from flags, environment, .env and TOML: who wins, and what is said about wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.settings import config_file, load
from model.errors import BadInput
from model.sandbox import Level


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working directory and a configuration directory of this test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    config_file().parent.mkdir(parents=True)


def test_the_defaults_stay_on_this_machine() -> None:
    settings = load()
    assert (settings.host, settings.port, settings.turns) == ("127.0.0.1", 7860, 4)
    assert (settings.model.name, settings.model.base_url) == ("nano", "")
    assert settings.sandbox.level is Level.CONFINED
    assert settings.jobs.workers == 1


def test_flags_win_over_environment_over_dotenv_over_file(monkeypatch: pytest.MonkeyPatch) -> None:
    config_file().write_text('port = 1\nturns = 1\nhost = "file"\n[jobs]\nworkers = 1\nmax_queued = 1\n')
    Path(".env").write_text("CHARTLOOP_PORT=2\nCHARTLOOP_TURNS=2\nCHARTLOOP_JOBS__WORKERS=2\n")
    monkeypatch.setenv("CHARTLOOP_PORT", "3")
    settings = load(port=4)
    assert (settings.port, settings.turns, settings.host) == (4, 2, "file")
    assert (settings.jobs.workers, settings.jobs.max_queued) == (2, 1)
    assert load().port == 3


def test_one_flag_of_a_section_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARTLOOP_MODEL__BASE_URL", "http://localhost:8000/v1")
    settings = load(model={"name": "big"})
    assert (settings.model.name, settings.model.base_url) == ("big", "http://localhost:8000/v1")


def test_a_misspelt_variable_is_named_with_what_was_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARTLOOP_MODEL__BASEURL", "http://localhost:8000/v1")
    with pytest.raises(BadInput, match=r"CHARTLOOP_MODEL__BASEURL.*did you mean CHARTLOOP_MODEL__BASE_URL"):
        load()


def test_other_programs_may_use_the_same_dotenv() -> None:
    Path(".env").write_text("SECRET_OF_ANOTHER=1\nCHARTLOOP_TURNS=3\n")
    assert load().turns == 3
    Path(".env").write_text("CHARTLOOP_TURN=3\n")
    with pytest.raises(BadInput, match=r"\.env sets CHARTLOOP_TURN.*CHARTLOOP_TURNS"):
        load()


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("colour = 1", 'no setting "colour".*chartloop.toml'),
        ("[jobs]\nspeed = 1", 'no setting "jobs.speed"'),
        ("port = 99999", '"port" cannot be 99999'),
        ('sandbox = {minimum = "none"}', "\"sandbox.minimum\" cannot be 'none'"),
        ("port =", "chartloop.toml"),
    ],
)
def test_a_wrong_file_is_explained(toml: str, said: str) -> None:
    config_file().write_text(toml)
    with pytest.raises(BadInput, match=said):
        load()


def test_a_key_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARTLOOP_MODEL__API_KEY", "sk-secret")
    settings = load()
    assert settings.model.api_key.get_secret_value() == "sk-secret"
    assert "sk-secret" not in repr(settings)
