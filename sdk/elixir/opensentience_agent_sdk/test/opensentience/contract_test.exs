defmodule OpenSentience.ContractTest do
  # The nine contract cases of the runtime protocol, from the agent's side.
  use OpenSentience.ConnectionCase

  alias OpenSentience.{JSON, Manifest, Protocol}

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

  describe "4: a call" do
    test "ends with one result that repeats the ids" do
      {core, _agent} = connected()

      links = [request_id: "r-1", correlation_id: "c-1", causation_id: "x-1"]
      call = call_tool(core, "echo", %{"text" => "Grüße"}, links)
      message = await_message(core, "agent.tool.result")

      assert %{request_id: "r-1", correlation_id: "c-1", causation_id: "x-1"} = message
      assert %{"call_id" => ^call, "status" => "succeeded"} = message.payload
      assert message.payload["output"] == %{"text" => "Grüße"}
      assert %{"duration_ms" => duration} = message.payload["metrics"]
      assert is_integer(duration)
      assert {:ok, _, 0} = DateTime.from_iso8601(message.payload["started_at"])
      assert {:ok, _, 0} = DateTime.from_iso8601(message.payload["finished_at"])

      settled(core)
      assert received(core, "agent.tool.result") == []
    end

    test "sent twice while it is under way is run once" do
      {core, _agent} = connected()
      {call, process, _context} = waiting_call(core)
      call_tool(core, "wait", %{}, call_id: call)
      settled(core)
      refute_received {:waiting, _, _}
      send(process, {:return, :ok})
      assert %{"status" => "succeeded"} = await_result(core, call)
      settled(core)
      assert received(core, "agent.tool.result") == []
    end

    test "is refused when its input does not fit the schema" do
      {core, _agent} = connected()
      call = call_tool(core, "count", %{"n" => 0})
      assert %{"status" => "failed", "error" => error} = await_result(core, call)
      assert %{"code" => "tool.invalid_input", "retryable" => false} = error
      assert error["message"] =~ "/n must be at least 1"
    end

    test "is refused while as many run as may" do
      {core, _agent} = connected([], max_concurrency: 1)
      {call, process, _context} = waiting_call(core)

      assert %{"error" => %{"code" => "tool.busy", "retryable" => true}} =
               await_result(core, call_tool(core, "echo", %{}))

      send(process, {:return, :ok})
      await_result(core, call)
      assert %{"status" => "succeeded"} = await_result(core, call_tool(core, "echo", %{}))
    end

    test "may be of a tool that the agent itself runs" do
      {core, _agent} = connected()
      call = call_tool(core, "reverse", %{"text" => "abc"})
      assert %{"output" => %{"text" => "cba"}} = await_result(core, call)
    end

    test "may have an output of whatever fits a frame, and no more" do
      {core, _agent} = connected(max_frame_bytes: 64 * 1024)
      fits = %{"text" => String.duplicate("x", 40_000)}
      assert %{"output" => ^fits} = await_result(core, call_tool(core, "echo", fits))

      assert %{"error" => %{"code" => "tool.output_too_large"}} =
               await_result(core, call_tool(core, "result", %{"as" => "large"}))
    end

    test "knows its caller, its time and its context" do
      {core, _agent} = connected()

      {call, process, context} =
        waiting_call(core, %{},
          timeout_ms: 60_000,
          idempotency_key: "k-1",
          caller: %{type: "human", id: "ada"},
          context: %{project_root: "/src", resource_paths: ["a"]},
          correlation_id: "c-1"
        )

      alias OpenSentience.Context
      assert Context.caller(context) == %{type: "human", id: "ada"}
      assert Context.idempotency_key(context) == "k-1"
      assert Context.correlation_id(context) == "c-1"
      assert Context.project_root(context) == "/src"
      assert Context.resource_paths(context) == ["a"]
      assert Context.remaining_ms(context) in 1..60_000
      refute Context.cancelled?(context)
      send(process, {:return, :ok})
      await_result(core, call)
    end

    test "that takes too long has failed, once" do
      {core, _agent} = connected()
      call = call_tool(core, "quick", %{})

      assert %{"status" => "failed", "error" => %{"code" => "tool.timeout", "retryable" => true}} =
               await_result(core, call)

      settled(core)
      assert received(core, "agent.tool.result") == []
    end
  end

  describe "5: a stream" do
    test "comes in order, with the ids of its call, before the result" do
      {core, _agent} = connected()
      call = call_tool(core, "count", %{"n" => 50}, request_id: "r-9")
      message = await_message(core, "agent.tool.stream")
      assert message.request_id == "r-9"
      assert message.payload["seq"] == 1
      assert_stream(core, call, for(i <- 2..50, do: {"status", "step #{i}"}))
      assert %{"status" => "succeeded", "metrics" => %{"steps" => 50}} = await_result(core, call)
      settled(core)
      assert received(core, "agent.tool.stream") == []
    end

    test "has every channel, and long text in pieces" do
      {core, _agent} = connected()
      {call, process, _context} = waiting_call(core)
      long = String.duplicate("ü", 50_000)

      send(process, {
        :do,
        fn context ->
          alias OpenSentience.Context
          :ok = Context.stdout(context, "out")
          :ok = Context.stderr(context, <<"bad ", 0xFF, 0>>)
          :ok = Context.log(context, "log")
          :ok = Context.partial(context, %{rows: [1]})
          :ok = Context.stdout(context, long)
          {:error, :too_large} = Context.partial(context, %{text: long})
          {:error, :invalid} = Context.partial(context, %{pid: self()})
          {:error, :invalid} = Context.partial(context, %{text: "\0"})
          {:error, :invalid} = Context.partial(context, "text")
          true
        end
      })

      send(process, {:return, :ok})

      assert_stream(core, call, [
        {"stdout", "out"},
        {"stderr", "bad \uFFFD\uFFFD"},
        {"log", "log"},
        {"partial_result", %{"rows" => [1]}},
        {"stdout", String.duplicate("ü", 32_768)},
        {"stdout", String.duplicate("ü", 50_000 - 32_768)}
      ])

      assert %{"status" => "succeeded"} = await_result(core, call)
    end

    test "fits into frames of any size, whatever the text" do
      {core, _agent} = connected(max_frame_bytes: 64 * 1024)
      {call, process, _context} = waiting_call(core)
      text = String.duplicate("\"\u0001", 20_000)
      send(process, {:do, &(OpenSentience.Context.stdout(&1, text) == :ok)})
      send(process, {:return, :ok})
      assert %{"status" => "succeeded"} = await_result(core, call)

      streamed =
        for message <- received(core, "agent.tool.stream"), do: message.payload["data"]["text"]

      assert length(streamed) > 1
      assert Enum.join(streamed) == text
    end

    test "has a limit, and ends with its call" do
      {core, _agent} = connected()
      {call, process, context} = waiting_call(core)
      test = self()

      send(process, {
        :do,
        fn context ->
          chunk = String.duplicate("x", 1024 * 1024)
          results = for _ <- 1..11, do: OpenSentience.Context.stdout(context, chunk)
          send(test, {:results, results})
        end
      })

      assert_receive {:results, results}
      assert results == List.duplicate(:ok, 10) ++ [{:error, :limit}]
      send(process, {:return, :ok})
      await_result(core, call)
      assert OpenSentience.Context.stdout(context, "late") == {:error, :gone}
    end

    test "takes what a tool prints" do
      {core, _agent} = connected()
      call = call_tool(core, "printer", %{"text" => "Grüße"})
      assert_stream(core, call, [{"stdout", "Grüße\n"}, {"stdout", "formatted\n"}])
      assert %{"status" => "succeeded"} = await_result(core, call)
    end
  end

  describe "6: a cancellation" do
    test "is acknowledged, reaches the tool, and gives one result" do
      {core, _agent} = connected()
      {call, _process, context} = waiting_call(core, %{}, request_id: "r-1")
      assert %{"accepted" => true} = cancel(core, call, reason: "enough")
      assert %{"status" => "canceled", "error" => error} = await_result(core, call)
      assert %{"code" => "tool.canceled", "message" => "enough"} = error
      assert OpenSentience.Context.cancelled?(context)
      assert_receive {:handle_cancel, "enough", ^call}
      settled(core)
      assert received(core, "agent.tool.result") == []
    end

    test "ends a tool that does not listen, after the deadline" do
      {core, _agent} = connected()
      {call, process, _context} = waiting_call(core, %{"stubborn" => true})
      monitor = Process.monitor(process)
      assert %{"accepted" => true} = cancel(core, call, deadline_ms: 0)
      assert %{"status" => "canceled"} = await_result(core, call)
      assert_receive {:DOWN, ^monitor, :process, ^process, :killed}
      settled(core)
      assert received(core, "agent.tool.result") == []
    end

    test "that comes after the work is done does not undo it" do
      {core, _agent} = connected()
      {call, process, _context} = waiting_call(core, %{"stubborn" => true})
      assert %{"accepted" => true} = cancel(core, call, deadline_ms: 60_000)
      assert %{"accepted" => true, "note" => _} = cancel(core, call)
      send(process, {:return, {:ok, %{"done" => true}}})
      assert %{"status" => "succeeded", "output" => %{"done" => true}} = await_result(core, call)
      settled(core)
      assert received(core, "agent.tool.result") == []
    end

    test "turns a failure of the canceled tool into canceled" do
      {core, _agent} = connected()
      {call, process, _context} = waiting_call(core, %{"stubborn" => true})
      cancel(core, call, deadline_ms: 60_000)
      send(process, {:return, {:error, "the socket was closed under me"}})
      assert %{"status" => "canceled"} = await_result(core, call)
    end

    test "of a call that has ended is not accepted" do
      {core, _agent} = connected()
      call = call_tool(core, "echo", %{})
      await_result(core, call)
      assert %{"accepted" => false} = cancel(core, call)
      assert %{"accepted" => false} = cancel(core, Protocol.uuid())
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

  describe "9: an error" do
    @expected [
      {"text", "tool.failed", "No such thing.", false},
      {"known_atom", "tool.unavailable", "unavailable", false},
      {"own_atom", "#{@id}.out_of_paper", "out of paper", false},
      {"secret", "tool.failed", "The tool failed.", false},
      {"raise", "tool.crashed", "The tool crashed (ArgumentError).", false},
      {"throw", "tool.crashed", "The tool crashed (throw).", false},
      {"exit", "tool.crashed", "The tool crashed (exit).", false},
      {"killed", "tool.crashed", "The tool's process was ended.", false},
      {"pid", "tool.invalid_output", "The output cannot be written as JSON.", false},
      {"nonsense", "tool.invalid_output", "The tool returned no result.", false},
      {"error", "#{@id}.quota", "Used up.", true}
    ]

    test "has a code, a message, and nothing that nobody checked" do
      {core, _agent} = connected()

      for {as, code, message, retryable} <- @expected do
        payload = await_result(core, call_tool(core, "result", %{"as" => as}))
        assert %{"status" => "failed", "error" => error} = payload
        assert %{"code" => ^code, "message" => ^message, "retryable" => ^retryable} = error
        refute JSON.encode!(payload) =~ "hunter2"
        refute is_map_key(payload, "output")
      end

      # The agent is none the worse for it.
      assert %{"output" => output} =
               await_result(core, call_tool(core, "result", %{"as" => "ok"}))

      assert output == %{}
      wrapped = await_result(core, call_tool(core, "result", %{"as" => "not_a_map"}))
      assert wrapped["output"] == %{"result" => [1, 2]}
      note = await_result(core, call_tool(core, "result", %{"as" => "canceled"}))
      assert %{"status" => "canceled", "error" => %{"message" => "changed my mind"}} = note
    end

    test "carries the details its author chose" do
      {core, _agent} = connected()
      payload = await_result(core, call_tool(core, "result", %{"as" => "error"}))
      assert payload["error"]["details"] == %{"limit" => 3}
    end
  end
end
