"""Added models, settings and events."""

from __future__ import annotations

import pytest

from pochade.core.errors import ForbiddenError, InvalidRequestError, NotFoundError


def test_model_is_added_changed_and_removed(store, ada, clock):
    store.models.put(ada, "gpt", "openai", {"base_url": "http://127.0.0.1:1"})
    clock.now += 5
    changed = store.models.put(ada, "gpt", "openai", {"base_url": "http://127.0.0.1:2"})
    assert store.models.list() == [changed]
    assert (changed.settings, changed.updated_at - changed.created_at) == ({"base_url": "http://127.0.0.1:2"}, 5)
    store.models.remove(ada, "gpt")
    assert store.models.list() == []
    with pytest.raises(NotFoundError):
        store.models.remove(ada, "gpt")
    past = [event.data.get("settings") for event in store.events.list(ada, kind="model.put")]
    assert past == [{"base_url": "http://127.0.0.1:2"}, {"base_url": "http://127.0.0.1:1"}], "found again"


@pytest.mark.parametrize("model_id", ["", " gpt", "g\npt", "x" * 201])
def test_unfit_model_ids_are_refused(store, ada, model_id):
    with pytest.raises(InvalidRequestError, match="as a model id"):
        store.models.put(ada, model_id, "openai", {})


def test_settings_are_each_users_own(store, ada, bob):
    store.settings.set(ada, "theme", {"dark": True})
    store.settings.set(bob, "theme", None)
    assert store.settings.get(ada, "theme") == {"dark": True}
    assert store.settings.all(bob) == {"theme": None}
    assert store.settings.get(ada, "other", 3) == 3


def test_former_settings_can_be_found(store, ada):
    for value in ("light", "dark"):
        store.settings.set(ada, "theme", value)
    assert [event.data for event in store.events.list(ada, kind="setting")] == [
        {"before": "light", "after": "dark"},
        {"before": None, "after": "light"},
    ]


def test_settings_of_the_installation_are_the_administrators(store, ada, bob):
    store.settings.set_system(ada, "registration", "closed")
    assert store.settings.get_system("registration") == "closed"
    with pytest.raises(ForbiddenError, match="'Bob' may not change settings"):
        store.settings.set_system(bob, "registration", "open")


def test_events_are_listed_newest_first_in_pages(store, ada, bob):
    noted = [store.events.record(ada, "seen", str(k)) for k in range(3)]
    store.events.record(bob, "seen")
    system = store.events.record(None, "started")
    assert store.events.list(ada, kind="seen") == noted[::-1]
    assert store.events.list(ada, kind="seen", before=noted[2].id, limit=1) == [noted[1]]
    assert store.events.list(ada, everybody=True)[0] == system
    with pytest.raises(ForbiddenError):
        store.events.list(bob, everybody=True)
