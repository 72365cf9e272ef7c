"""Which models may be offered where holds for whoever asks: by user, by key, else by deployment."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from pochade.core.errors import InvalidRequestError
from pochade.trust import regions
from pochade.trust.regions import Withheld
from pochade.web.app import create_app

BODY = {"prompt": "red", "size": "32x32"}


@pytest.fixture(autouse=True)
def gradient_is_withheld_in_the_eu(monkeypatch):
    known = regions.region

    def pack(region_id: str) -> regions.Region:
        found = known(region_id)
        return replace(found, withheld=(Withheld("gradient", "a test says so"),)) if region_id == "eu" else found

    monkeypatch.setattr(regions, "region", pack)


def painted(client: TestClient, secret: str) -> int:
    return client.post("/v1/images/generations", json=BODY, headers={"authorization": f"Bearer {secret}"}).status_code


@pytest.mark.parametrize(
    ("chosen", "by_key", "by_other_key"),
    [
        ("", 400, 400),
        ('[users]\nadmin = "us"', 200, 200),
        ('[keys]\npress = "us"', 200, 400),
        ('[users]\nadmin = "eu"\n[keys]\npress = "us"', 400, 400),
    ],
)
def test_users_and_keys_have_the_region_that_was_chosen_for_them(settings, chosen, by_key, by_other_key):
    settings.data.mkdir(parents=True)
    (settings.data / regions.FILE).write_text(chosen)
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        studio = client.app.state.studio  # type: ignore[attr-defined]
        secrets = [studio.store.keys.create(studio.owner, name, ("paint", "read"))[1] for name in ("press", "other")]
        # 200: the worker, too, painted by that region
        assert [painted(client, secret) for secret in secrets] == [by_key, by_other_key]


@pytest.mark.parametrize("wrong", ['[users]\nada = "mars"', '[groups]\nada = "us"', "not toml"])
def test_mistakes_in_the_file_are_named(tmp_path, wrong):
    (tmp_path / regions.FILE).write_text(wrong)
    with pytest.raises(InvalidRequestError):
        regions.choices(tmp_path / regions.FILE)
