defmodule OpenSentience.ConnectionCase do
  @moduledoc false
  # A test with an agent at a fake Core. Not async: the fixture's tools find their test by name.
  use ExUnit.CaseTemplate

  import OpenSentience.Testing

  alias OpenSentience.Fixture
  alias OpenSentience.Testing.FakeCore

  @manifest "test/fixtures/opensentience.agent.json"

  using do
    quote do
      import OpenSentience.ConnectionCase
      import OpenSentience.Testing

      alias OpenSentience.Fixture
      alias OpenSentience.Testing.FakeCore
    end
  end

  setup do
    Process.register(self(), :fixture_test)
    :ok
  end

  def manifest, do: @manifest

  @doc "A fake Core, and the fixture's agent registered at it."
  def connected(core_options \\ [], agent_options \\ []) do
    core = start_fake_core([manifest: @manifest] ++ core_options)
    agent = start_agent(core, Fixture.Agent, agent_options)
    assert_registered(core, Fixture.Agent.names())
    {core, agent}
  end

  @doc "Starts a call of the tool that waits; its id and its process."
  def waiting_call(core, input \\ %{}, options \\ []) do
    call = call_tool(core, "wait", input, options)
    assert_receive {:waiting, process, %{call_id: ^call} = context}
    {call, process, context}
  end

  @doc "Waits until the agent has worked off all that was sent to it before."
  def settled(core) do
    nonce = OpenSentience.Protocol.uuid()
    FakeCore.send_message(core, "core.ping", %{"nonce" => nonce})
    await_message(core, "agent.pong", &(&1.payload["nonce"] == nonce))
  end

  @doc "What the agent has sent until now, and is left in the mailbox, of one type."
  def received(core, type) do
    receive do
      {:fake_core, ^core, %OpenSentience.Protocol.Message{type: ^type} = message} ->
        [message | received(core, type)]
    after
      0 -> []
    end
  end
end
