"""The gallery: everything can be found again, nothing is overwritten, deleting can be undone."""

from __future__ import annotations

import pytest

from pochade.core.errors import InvalidRequestError, NotFoundError
from pochade.store import NewPicture
from store.samples import submit


def add(store, user, prompt="a lemon", content=None, **changes):
    encoded = content or prompt.encode()
    return store.pictures.add(user, NewPicture(encoded, "image/png", 64, 32, **{"model_id": "tracer", "prompt": prompt, **changes}))


def prompts(store, user, **options):
    return [picture.prompt for picture in store.pictures.list(user, **options)]


def test_picture_comes_back_as_it_was(store, ada):
    parent = add(store, ada, "an upload", recipe=None)
    kept = add(store, ada, seed=2**32 - 1, recipe='{"prompt":"a lemon"}', timings={"paint_s": 1.5}, parent_ids=(parent.id,))
    assert store.pictures.get(ada, kept.id) == kept
    assert (kept.seed, kept.recipe, kept.timings, kept.num_bytes) == (2**32 - 1, '{"prompt":"a lemon"}', {"paint_s": 1.5}, 7)
    assert store.pictures.read(ada, kept.id) == b"a lemon"
    assert store.pictures.children(ada, parent.id) == [kept]


def test_list_is_newest_first_in_pages(store, ada):
    kept = [add(store, ada, f"lemon {k}") for k in range(5)]
    page = store.pictures.list(ada, limit=2)
    assert page == kept[:2:-1]
    assert store.pictures.list(ada, before=page[-1].id) == kept[2::-1]
    with pytest.raises(InvalidRequestError, match="1 to 500"):
        store.pictures.list(ada, limit=0)


def test_search_is_for_words_in_any_order_and_case(store, ada):
    add(store, ada, "A Lemon on SLATE")
    add(store, ada, "100% Größe")
    assert prompts(store, ada, text="slate lemon") == ["A Lemon on SLATE"]
    assert prompts(store, ada, text="GRÖSSE") == ["100% Größe"]
    assert prompts(store, ada, text="%") == ["100% Größe"], "no wildcard"
    assert prompts(store, ada, text="_") == []


def test_filters(store, ada, clock):
    old = add(store, ada, "old")
    clock.now += 100
    new = add(store, ada, "new", model_id="other")
    assert prompts(store, ada, model_id="other") == ["new"]
    assert prompts(store, ada, since=new.created_at) == ["new"]
    assert prompts(store, ada, until=new.created_at) == ["old"]
    store.pictures.set_favourite(ada, [old.id], True)
    assert prompts(store, ada, favourites=True) == ["old"]
    store.pictures.set_favourite(ada, [old.id], False)
    assert prompts(store, ada, favourites=True) == []


def test_deleting_can_be_undone_until_the_bin_is_emptied(store, ada):
    kept, other = add(store, ada, "one"), add(store, ada, "two")
    store.pictures.delete(ada, [kept.id, other.id])
    assert prompts(store, ada) == []
    assert prompts(store, ada, deleted=True) == ["two", "one"]
    store.pictures.restore(ada, [kept.id])
    assert store.pictures.get(ada, kept.id) == kept
    assert store.pictures.empty_bin(ada) == 1
    with pytest.raises(NotFoundError):
        store.pictures.get(ada, other.id)


def test_many_are_changed_together_or_not_at_all(store, ada):
    kept = add(store, ada)
    with pytest.raises(NotFoundError, match="'missing'"):
        store.pictures.delete(ada, [kept.id, "missing"])
    assert prompts(store, ada) == ["a lemon"]


def test_collections(store, ada):
    lemon, pear = add(store, ada, "lemon"), add(store, ada, "pear")
    fruit = store.collections.create(ada, " Fruit ")
    store.collections.put(ada, fruit.id, [lemon.id])
    store.collections.put(ada, fruit.id, [lemon.id, pear.id])
    assert prompts(store, ada, collection_id=fruit.id) == ["pear", "lemon"]
    store.collections.take(ada, fruit.id, [pear.id])
    assert prompts(store, ada, collection_id=fruit.id) == ["lemon"]
    assert store.collections.rename(ada, fruit.id, "Citrus").name == "Citrus"
    assert [collection.name for collection in store.collections.list(ada)] == ["Citrus"]
    store.collections.delete(ada, fruit.id)
    assert store.collections.list(ada) == []
    assert prompts(store, ada) == ["pear", "lemon"]


def test_collection_names_are_one_of_a_kind(store, ada, bob):
    store.collections.create(ada, "Fruit")
    store.collections.create(bob, "Fruit")
    other = store.collections.create(ada, "Tools")
    for attempt in (lambda: store.collections.create(ada, "Fruit"), lambda: store.collections.rename(ada, other.id, "Fruit")):
        with pytest.raises(InvalidRequestError, match="'Fruit' as a collection, which there is already"):
            attempt()
    with pytest.raises(InvalidRequestError, match="1 to 100"):
        store.collections.create(ada, " ")


def test_sweep_removes_only_what_nobody_can_reach(store, ada, clock, monkeypatch):
    monkeypatch.setattr("pochade.store.store.MIN_BLOB_AGE_S", 0.0)
    shown, binned, shared = add(store, ada, "shown"), add(store, ada, "binned"), add(store, ada, "shared", content=b"same")
    also = add(store, ada, "also shared", content=b"same")
    started_from = store.blobs.put(b"input of a job")
    submit(store, ada, image_sha256=started_from)
    orphan = store.blobs.put(b"of a process that died before its commit")
    store.pictures.delete(ada, [binned.id, shared.id])
    clock.now += 31 * 86_400
    assert store.sweep() == 2
    assert {name for name, _ in store.blobs.names()} == {shown.sha256, also.sha256, started_from}
    assert orphan not in {name for name, _ in store.blobs.names()}


def test_sweep_spares_the_young(store):
    store.blobs.put(b"its row is about to be written")
    assert store.sweep() == 0
