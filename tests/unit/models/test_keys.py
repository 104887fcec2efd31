"""The key on its way from the environment to the endpoint."""

from __future__ import annotations

import pytest

from cosplay_action import wiring
from cosplay_action.errors import UsageError
from cosplay_action.settings import Settings
from cosplay_action.testing.loopback import LoopbackServer, chatting
from tests.support.wire import KEY, ask


def host(key: str) -> wiring.Host:
    return wiring.Host(environ={"MY_KEY": key}, say=pytest.fail, progress=lambda done, total: None)


@pytest.mark.parametrize("key", ["canary\nx", "canary\x00x", "canary x", "canaryé", "canary\x7fx", "canary\u2028x"])
def test_a_key_that_no_header_can_carry_is_refused_by_its_variables_name_alone(key: str) -> None:
    with pytest.raises(UsageError, match="MY_KEY") as error:
        wiring.open_model(Settings(model="m", base_url="http://127.0.0.1:9/v1", api_key_env="MY_KEY"), host(key))
    assert "canary" not in repr(error.value) + str(error.value)
    assert error.value.cure


@pytest.mark.parametrize("key", [f"{KEY}\n", f"  {KEY}\r\n"])
async def test_blanks_around_a_key_are_not_part_of_it(key: str) -> None:
    async with LoopbackServer(chatting(lambda request, k: "x")) as server:
        settings = Settings(model="m", base_url=server.base_url, api_key_env="MY_KEY")
        model = wiring.open_model(settings, host(key))
        await model.complete(ask())
        await wiring.close(model)
    assert server.calls[0].headers["authorization"] == f"Bearer {KEY}"


def test_a_key_of_blanks_is_none() -> None:
    with pytest.raises(UsageError, match="MY_KEY is not set"):
        wiring.open_model(Settings(model="m", api_key_env="MY_KEY"), host(" \n"))
