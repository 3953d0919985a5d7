defmodule OpenSentience.ContractSessionTest do
  # The contract of the runtime protocol from the agent's side: the cases about the connection.
  use OpenSentience.ConnectionCase

  alias OpenSentience.{Manifest, Protocol}

  @id "com.example.fixture"

  describe "1: the handshake" do
    test "begins with a hello that says who the agent is" do
      core = start_fake_core(manifest: manifest())
      start_agent(core, Fixture.Agent)
      hello = await_message(core, "agent.hello")
      {:ok, manifest} = Manifest.read(manifest())

      assert %{
               "agent_id" => @id,
               "agent_version" => "1.2.3",
               "session_token" => token,
               "protocol" => %{"supported_versions" => [1], "capabilities" => capabilities},
               "sdk" => %{"name" => "opensentience_agent_sdk"}
             } = hello.payload

      assert token == FakeCore.env(core)["OPENSENTIENCE_SESSION_TOKEN"]
      assert "invoke" in capabilities
      assert hello.payload["manifest_hash"] == manifest.hash
      assert manifest.hash == Manifest.hash(File.read!(manifest()))
    end

    test "is over when the tools are registered" do
      {_core, agent} = connected()
      assert %{phase: :ready, agent_id: @id, tools: tools} = OpenSentience.Agent.info(agent)
      assert "#{@id}/echo" in tools
    end

    test "fails for a Core that wants another version" do
      core = start_fake_core(manifest: manifest(), welcome: :manual)
      start_agent(core, Fixture.Agent)
      await_message(core, "agent.hello")
      FakeCore.send_message(core, "core.welcome", %{"accepted_version" => 2})
      assert_receive {:agent_stopped, 1}
    end

    test "fails for a Core that does not begin with its welcome" do
      core = start_fake_core(manifest: manifest(), welcome: :manual)
      start_agent(core, Fixture.Agent)
      await_message(core, "agent.hello")
      call_tool(core, "echo", %{})
      assert_receive {:agent_stopped, 1}
    end

    test "cannot begin when the path of the socket is too long" do
      core = start_fake_core(manifest: manifest())
      path = "/tmp/" <> String.duplicate("x", 103)
      env = Map.put(FakeCore.env(core), "OPENSENTIENCE_SOCKET", path)
      start_agent(core, Fixture.Agent, env: env)
      assert_receive {:agent_stopped, 1}
    end

    test "cannot begin when nobody listens" do
      core = start_fake_core(manifest: manifest())
      env = Map.update!(FakeCore.env(core), "OPENSENTIENCE_SOCKET", &(&1 <> "x"))
      start_agent(core, Fixture.Agent, env: env)
      assert_receive {:agent_stopped, 1}
    end
  end

  describe "2: a refused hello" do
    test "ends the agent, which does not try again" do
      core = start_fake_core(manifest: manifest(), welcome: "protocol.unauthorized")
      start_agent(core, Fixture.Agent, reconnect: true)
      await_message(core, "agent.hello")
      assert_receive {:agent_stopped, 1}
      assert received(core, "agent.hello") == []
    end

    test "is what a wrong token gets" do
      core = start_fake_core(manifest: manifest())
      env = Map.put(FakeCore.env(core), "OPENSENTIENCE_SESSION_TOKEN", "wrong")
      start_agent(core, Fixture.Agent, env: env)
      assert_receive {:agent_stopped, 1}
    end
  end

  describe "3: registration" do
    test "describes each tool" do
      core = start_fake_core(manifest: manifest())
      start_agent(core, Fixture.Agent)
      tools = assert_registered(core, Fixture.Agent.names())

      assert Enum.find(tools, &(&1["name"] == "count")) == %{
               "tool_id" => "#{@id}/count",
               "name" => "count",
               "description" => "Counts to n, with a status for each step.",
               "input_schema" => %{
                 "type" => "object",
                 "properties" => %{
                   "n" => %{"type" => "integer", "minimum" => 1, "maximum" => 1000}
                 },
                 "required" => ["n"],
                 "additionalProperties" => false
               },
               "capabilities" => ["streaming", "cancellation"],
               "side_effects" => false,
               "requires_directive" => false,
               "tags" => ["numbers"],
               "required_permissions" => []
             }

      assert %{"required_permissions" => ["tool:invoke:com.example.other/shout"]} =
               Enum.find(tools, &(&1["name"] == "invoker"))
    end

    test "goes on without the tools that were rejected" do
      {core, agent} = connected(reject: %{"count" => "permission.not_approved"})
      refute "#{@id}/count" in OpenSentience.Agent.info(agent).tools
      call = call_tool(core, "count", %{"n" => 1})

      assert %{"status" => "failed", "error" => %{"code" => "tool.not_found"}} =
               await_result(core, call)
    end

    test "that the Core refuses as a whole ends the agent" do
      core = start_fake_core(manifest: manifest(), refuse_registration: "protocol.bad_envelope")
      start_agent(core, Fixture.Agent)
      await_message(core, "agent.tools.register")
      assert_receive {:agent_stopped, 1}
    end

    test "that would not fit a frame is not tried" do
      core = start_fake_core(manifest: manifest(), max_frame_bytes: 64 * 1024)
      start_agent(core, Fixture.VerboseAgent)
      assert_receive {:agent_stopped, 1}
      assert received(core, "agent.tools.register") == []
    end

    test "adds and removes tools while the agent runs" do
      {core, agent} = connected()
      assert OpenSentience.Agent.register_tool(agent, Fixture.Late) == :ok

      assert %{"tools" => [%{"name" => "late"}]} =
               await_message(core, "agent.tools.register").payload

      assert %{"status" => "succeeded"} = await_result(core, call_tool(core, "late", %{}))

      assert OpenSentience.Agent.unregister_tool(agent, "late") == :ok
      assert %{"status" => "failed"} = await_result(core, call_tool(core, "late", %{}))
    end

    test "tells when an added tool is rejected" do
      {_core, agent} = connected(reject: %{"late" => "permission.not_approved"})

      assert {:error, %{code: "permission.not_approved"}} =
               OpenSentience.Agent.register_tool(agent, Fixture.Late)
    end
  end

  describe "7: heartbeats" do
    test "come at once and then as often as the Core asked" do
      core = start_fake_core(manifest: manifest(), heartbeat_interval_ms: 10)
      start_agent(core, Fixture.Agent)
      assert_registered(core, Fixture.Agent.names())
      {_call, _process, _context} = waiting_call(core)
      busy = await_message(core, "agent.heartbeat", &(&1.payload["inflight_calls"] == 1))
      assert %{"status" => "ok", "session_id" => session, "uptime_ms" => uptime} = busy.payload
      assert is_binary(session) and is_integer(uptime)
      later = await_message(core, "agent.heartbeat")
      assert later.payload["uptime_ms"] >= uptime
    end

    test "tell what health/1 says, and the last of it while it is silent" do
      core = start_fake_core(manifest: manifest(), heartbeat_interval_ms: 10)
      start_agent(core, Fixture.CallbackAgent)
      assert_receive {:health, process, 1}
      send(process, {:health_is, {:degraded, %{queue: 7}}})

      assert %{"status" => "degraded", "details" => %{"queue" => 7}} =
               await_message(core, "agent.heartbeat").payload

      # This one gets no answer, and is ended.
      assert_receive {:health, silent, 1}
      monitor = Process.monitor(silent)
      assert_receive {:DOWN, ^monitor, :process, _, :killed}
      assert %{"status" => "degraded"} = await_message(core, "agent.heartbeat").payload
    end

    test "say unhealthy when health/1 crashes" do
      core = start_fake_core(manifest: manifest(), heartbeat_interval_ms: 10)
      start_agent(core, Fixture.CallbackAgent)
      assert_receive {:health, process, 1}
      send(process, {:health_is, :nonsense})
      assert %{"status" => "unhealthy"} = await_message(core, "agent.heartbeat").payload
      assert_receive {:health, process, 1}
      Process.exit(process, :boom)
      assert %{"status" => "unhealthy"} = await_message(core, "agent.heartbeat").payload
    end

    test "are not all: a ping is answered at once" do
      {core, _agent} = connected()
      ping = Protocol.uuid()
      FakeCore.send_message(core, "core.ping", %{"nonce" => "n-1"}, id: ping)
      pong = await_message(core, "agent.pong")
      assert %{payload: %{"nonce" => "n-1"}, in_reply_to: ^ping} = pong
    end
  end

  describe "8: framing" do
    test "does not depend on how the bytes arrive" do
      {core, _agent} = connected()

      payload = %{
        "call_id" => Protocol.uuid(),
        "tool_id" => "#{@id}/echo",
        "input" => %{"a" => "ü"}
      }

      frame = Protocol.encode("core.tool.call", payload)

      for <<(byte <- <<byte_size(frame)::32, frame::binary>>)>>,
        do: FakeCore.send_raw(core, <<byte>>)

      assert %{"status" => "succeeded"} = await_result(core, payload["call_id"])

      # And several frames in one piece.
      ping = Protocol.encode("core.ping", %{"nonce" => "n"})
      FakeCore.send_raw(core, List.duplicate([<<byte_size(ping)::32>>, ping], 3))
      for _ <- 1..3, do: await_message(core, "agent.pong")
    end

    test "closes on a frame over the limit, before it has arrived" do
      {core, _agent} = connected(max_frame_bytes: 64 * 1024)
      FakeCore.send_raw(core, <<64 * 1024 + 1::32>>)
      assert_receive {:agent_stopped, 1}
      assert_receive {:fake_core, ^core, :closed}
    end

    for {name, bytes} <- [
          {"a frame of nothing", ""},
          {"what is not JSON", "hello"},
          {"what is not UTF-8", <<?", 0xFF, ?">>},
          {"what is not an object", "[1]"},
          {"an object with a key twice", ~s({"v":1,"v":1})},
          {"what lacks its envelope", ~s({"v":1,"type":"core.ping"})},
          {"an id that is no UUID",
           ~s({"v":1,"type":"core.ping","id":"1","ts":"2026-01-01T00:00:00Z","payload":{}})},
          {"a payload that is no object",
           ~s({"v":1,"type":"core.ping","id":"00000000-0000-4000-8000-000000000000",) <>
             ~s("ts":"2026-01-01T00:00:00Z","payload":[]})},
          {"another version",
           ~s({"v":2,"type":"core.ping","id":"00000000-0000-4000-8000-000000000000",) <>
             ~s("ts":"2026-01-01T00:00:00Z","payload":{}})}
        ] do
      test "closes on #{name}" do
        {core, _agent} = connected()
        FakeCore.send_frame(core, unquote(bytes))
        assert_receive {:agent_stopped, 1}
        assert_receive {:fake_core, ^core, :closed}
      end
    end

    test "ignores types and fields it does not know" do
      {core, _agent} = connected()
      FakeCore.send_message(core, "core.weather", %{"sun" => true}, request_id: "r-1")
      FakeCore.send_message(core, "core.ping", %{"nonce" => "n", "more" => 1})
      await_message(core, "agent.pong")
      refute_received {:fake_core, ^core, %{request_id: "r-1"}}
    end

    test "survives calls with a payload that is none" do
      {core, _agent} = connected()

      for payload <- [
            %{},
            %{"call_id" => 1},
            %{"call_id" => "c", "tool_id" => 1, "input" => %{}},
            %{"call_id" => "c", "tool_id" => "#{@id}/echo", "input" => []},
            %{"call_id" => "c", "tool_id" => "#{@id}/nothing", "input" => %{}}
          ] do
        FakeCore.send_message(core, "core.tool.call", payload)
        FakeCore.send_message(core, "core.tool.cancel", Map.delete(payload, "call_id"))
        FakeCore.send_message(core, "core.tool.result", payload)
        FakeCore.send_message(core, "core.tool.stream", payload)
        FakeCore.send_message(core, "core.tools.registered", payload)
        FakeCore.send_message(core, "core.tools.unregistered", payload)
        FakeCore.send_message(core, "core.welcome", payload)
      end

      settled(core)

      codes =
        for %{payload: payload} <- received(core, "agent.tool.result"),
            do: payload["error"]["code"]

      assert codes == ["protocol.bad_envelope", "protocol.bad_envelope", "tool.not_found"]
    end
  end
end
