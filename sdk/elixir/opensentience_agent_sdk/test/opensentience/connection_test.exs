defmodule OpenSentience.ConnectionTest do
  # What the contract does not name: back pressure, calls to other agents, the end of a connection.
  use OpenSentience.ConnectionCase

  alias OpenSentience.{Agent, Protocol}
  alias OpenSentience.Connection.State

  @id "com.example.fixture"

  describe "back pressure" do
    test "64 calls of 16 KiB are answered to a Core that writes all before it reads" do
      {core, _agent} = connected()
      FakeCore.reading(core, :pause)
      text = String.duplicate("x", 16 * 1024)

      # Each of these waits until the system has taken the bytes: were the agent not to read while it
      # cannot write, this would never end.
      calls = for i <- 1..64, do: call_tool(core, "echo", %{"text" => text, "i" => i})
      FakeCore.reading(core, :resume)

      for {call, i} <- Enum.with_index(calls, 1) do
        assert %{"status" => "succeeded", "output" => %{"i" => ^i}} = await_result(core, call)
      end
    end

    test "a tool that streams waits for a Core that does not read" do
      {core, _agent} = connected()
      {call, process, _context} = waiting_call(core)
      FakeCore.reading(core, :pause)
      test = self()

      send(process, {
        :do,
        fn context ->
          chunk = String.duplicate("x", 64 * 1024)

          for i <- 1..64 do
            :ok = OpenSentience.Context.stdout(context, chunk)
            send(test, {:streamed, i})
          end

          send(test, :streamed_all)
        end
      })

      # Some fits into the socket. The rest waits in the tool: 4 MiB are far more than the system
      # buffers, and the tool cannot have sent them all.
      assert_receive {:streamed, 1}
      refute_received :streamed_all
      FakeCore.reading(core, :resume)
      assert_receive :streamed_all
      send(process, {:return, :ok})
      assert %{"status" => "succeeded"} = await_result(core, call)
      numbers = for message <- received(core, "agent.tool.stream"), do: message.payload["seq"]
      assert numbers == Enum.to_list(1..64)
    end

    test "an agent whose answers nobody reads takes no more calls until half of them are read" do
      {:ok, socket} = :gen_udp.open(0)

      parts = [
        launch: nil,
        token: nil,
        options: nil,
        writer: nil,
        tasks: nil,
        server: nil,
        started: 0
      ]

      state = struct!(State, [socket: socket] ++ parts)
      mebibyte = 1024 * 1024

      assert State.read_on(%{state | unwritten_bytes: 8 * mebibyte}).reading
      full = State.read_on(%{state | unwritten_bytes: 9 * mebibyte})
      refute full.reading
      fuller = State.written(full, 4 * mebibyte)
      assert %{reading: false} = fuller
      assert %{reading: true} = State.written(fuller, mebibyte)
    end
  end

  describe "a call to another agent" do
    test "goes through the Core, with the ids of the call it is part of" do
      {core, _agent} = connected()

      call =
        call_tool(core, "invoker", %{"text" => "hi"}, request_id: "r-1", correlation_id: "c-1")

      message = await_message(core, "agent.tool.call")
      assert %{request_id: "r-1", correlation_id: "c-1"} = message

      assert %{
               "call_id" => inner,
               "tool_id" => "com.example.other/shout",
               "input" => %{"text" => "hi"},
               "timeout_ms" => 900
             } = message.payload

      stream = %{
        "call_id" => inner,
        "seq" => 1,
        "channel" => "status",
        "data" => %{"text" => "now"}
      }

      FakeCore.send_message(core, "core.tool.stream", stream)
      assert_stream(core, call, [{"partial_result", %{"status" => "now"}}])

      result = %{"call_id" => inner, "status" => "succeeded", "output" => %{"text" => "HI"}}
      FakeCore.send_message(core, "core.tool.result", result)
      assert %{"status" => "succeeded", "output" => %{"text" => "HI"}} = await_result(core, call)
    end

    test "fails with what was said of the other tool, under a code that agents may use" do
      {core, _agent} = connected()
      call = call_tool(core, "invoker", %{})
      inner = await_message(core, "agent.tool.call").payload["call_id"]
      error = %{"code" => "permission.denied", "message" => "No.", "retryable" => false}
      result = %{"call_id" => inner, "status" => "failed", "error" => error}
      FakeCore.send_message(core, "core.tool.result", result)

      assert %{
               "status" => "failed",
               "error" => %{"code" => "tool.failed", "message" => "No."}
             } = await_result(core, call)
    end

    test "is canceled with the call it is part of" do
      {core, _agent} = connected()
      call = call_tool(core, "invoker", %{})
      inner = await_message(core, "agent.tool.call").payload["call_id"]
      assert %{"accepted" => true} = cancel(core, call, reason: "enough", deadline_ms: 60_000)

      assert %{"call_id" => ^inner, "reason" => "enough"} =
               await_message(core, "agent.tool.cancel").payload

      FakeCore.send_message(core, "core.tool.result", %{
        "call_id" => inner,
        "status" => "canceled"
      })

      assert %{"status" => "canceled"} = await_result(core, call)
    end

    test "is not possible when the Core does not list the capability" do
      {core, _agent} = connected(capabilities: [])
      call = call_tool(core, "invoker", %{})
      assert %{"error" => %{"code" => "tool.unavailable"}} = await_result(core, call)
      assert received(core, "agent.tool.call") == []
    end
  end

  describe "the end" do
    test "a goodbye cancels what runs, says so, and stops the program" do
      {core, _agent} = connected()
      {call, _process, _context} = waiting_call(core)
      FakeCore.send_message(core, "core.goodbye", %{"reason" => "maintenance"})
      assert %{"status" => "canceled"} = await_result(core, call)
      assert_receive {:agent_stopped, 0}
      assert_receive {:fake_core, ^core, :closed}
      refute_received {:agent_stopped, _}
    end

    test "after a goodbye no call is taken" do
      {core, _agent} = connected()
      {call, process, _context} = waiting_call(core, %{"stubborn" => true})
      FakeCore.send_message(core, "core.goodbye", %{"reason" => "maintenance"})
      late = call_tool(core, "echo", %{})
      assert %{"error" => %{"code" => "protocol.shutting_down"}} = await_result(core, late)
      send(process, {:return, {:ok, %{}}})
      assert %{"status" => "succeeded"} = await_result(core, call)
      assert_receive {:agent_stopped, 0}
    end

    test "a closed socket ends the calls and the program" do
      {core, _agent} = connected()
      {call, process, _context} = waiting_call(core, %{"stubborn" => true})
      monitor = Process.monitor(process)
      FakeCore.close(core)
      assert_receive {:handle_cancel, "the connection is gone", ^call}
      assert_receive {:DOWN, ^monitor, :process, _, :killed}
      assert_receive {:agent_stopped, 0}
    end

    test "an agent that is stopped tells that its calls are canceled" do
      Process.flag(:trap_exit, true)
      core = start_fake_core(manifest: manifest())
      options = [env: FakeCore.env(core), stop: fn _status -> :ok end]
      {:ok, agent} = Fixture.Agent.start_link(options)
      assert_registered(core, Fixture.Agent.names())
      {call, process, _context} = waiting_call(core, %{"stubborn" => true})
      monitor = Process.monitor(process)
      # What a SIGTERM comes to: the supervisors end their children.
      Supervisor.stop(agent, :shutdown)
      assert_receive {:DOWN, ^monitor, :process, _, _}

      assert %{"status" => "canceled", "error" => %{"code" => "tool.canceled"}} =
               await_result(core, call)

      assert_receive {:fake_core, ^core, :closed}
    end

    test "an agent may come back once" do
      {core, _agent} = connected([], reconnect: true)
      {call, process, _context} = waiting_call(core, %{"stubborn" => true})
      monitor = Process.monitor(process)
      FakeCore.close(core)
      assert_receive {:handle_cancel, "the connection is gone", ^call}
      assert_receive {:DOWN, ^monitor, :process, _, :killed}
      assert_registered(core, Fixture.Agent.names())
      assert %{"status" => "succeeded"} = await_result(core, call_tool(core, "echo", %{}))
      FakeCore.close(core)
      assert_receive {:agent_stopped, 0}
    end
  end

  describe "the agent's callbacks" do
    test "are told of the beginning and the end" do
      core = start_fake_core(manifest: manifest())
      start_agent(core, Fixture.CallbackAgent)
      assert_receive {:init, %{agent_id: @id, version: "1.2.3", run_id: "run-1"}}
      assert_receive {:handle_connected, %{session_id: session}}
      assert is_binary(session)
      FakeCore.send_message(core, "core.goodbye", %{"reason" => "bye"})
      assert_receive {:handle_disconnected, "the Core said goodbye", 1}
    end

    test "may keep the agent from starting" do
      defmodule Unwilling do
        use OpenSentience.Agent,
          otp_app: :opensentience_agent_sdk,
          manifest: "test/fixtures/opensentience.agent.json"

        @impl true
        def init(_info), do: {:stop, :no_disk}
      end

      core = start_fake_core(manifest: manifest())
      Process.flag(:trap_exit, true)
      assert {:error, :no_disk} = Unwilling.start_link(env: FakeCore.env(core))
      assert received(core, "agent.hello") == []
    end
  end

  describe "the launch" do
    test "does not happen without a Core, unless it is required" do
      assert Fixture.Agent.start_link(env: %{}) == :ignore
      assert {:error, reason} = Fixture.Agent.start_link(env: %{}, required: true)
      assert reason =~ "OPENSENTIENCE_SOCKET"
    end

    test "needs a token, an agent id and the manifest of that agent" do
      core = start_fake_core(manifest: manifest())
      env = FakeCore.env(core)

      for {change, message} <- [
            {%{"OPENSENTIENCE_SESSION_TOKEN" => ""}, "OPENSENTIENCE_SESSION_TOKEN is not set"},
            {%{"OPENSENTIENCE_AGENT_ID" => ""}, "OPENSENTIENCE_AGENT_ID is not set"},
            {%{"OPENSENTIENCE_AGENT_ID" => "com.example.other"}, "the manifest is of"},
            {%{"OPENSENTIENCE_INSTALL_PATH" => "/nonexistent"}, "cannot be used"}
          ] do
        assert {:error, reason} = Fixture.Agent.start_link(env: Map.merge(env, change))
        assert reason =~ message
      end
    end

    test "tells the manifest's hash in the form the Core has it" do
      core = start_fake_core(manifest: manifest())
      hash = FakeCore.env(core)["OPENSENTIENCE_MANIFEST_HASH"]
      env = Map.put(FakeCore.env(core), "OPENSENTIENCE_MANIFEST_HASH", "sha256:outdated")
      start_agent(core, Fixture.Agent, env: env)
      assert await_message(core, "agent.hello").payload["manifest_hash"] == "sha256:" <> hash
    end

    test "takes the token out of the environment, and keeps it out of what can be printed" do
      core = start_fake_core(manifest: manifest())
      env = FakeCore.env(core)
      token = env["OPENSENTIENCE_SESSION_TOKEN"]
      System.put_env(env)
      on_exit(fn -> for {name, _value} <- env, do: System.delete_env(name) end)

      {:ok, agent} = Fixture.Agent.start_link(stop: fn _status -> :ok end)
      assert_registered(core, Fixture.Agent.names())
      assert System.get_env("OPENSENTIENCE_SESSION_TOKEN") == nil

      {_, connection, _, _} =
        agent |> Supervisor.which_children() |> List.keyfind!(OpenSentience.Connection, 0)

      refute inspect(:sys.get_state(connection), limit: :infinity) =~ token
      assert Agent.info(agent).phase == :ready
      Supervisor.stop(agent)
    end
  end

  test "another JSON codec reads the messages and writes the outputs" do
    defmodule Loud do
      @behaviour OpenSentience.JSON.Codec

      @impl true
      def decode(binary), do: OpenSentience.JSON.decode(binary)

      @impl true
      def encode_to_iodata(term) do
        send(:fixture_test, {:encoded, term})
        OpenSentience.JSON.encode_to_iodata(term)
      end
    end

    {core, _agent} = connected([], json: Loud)
    await_result(core, call_tool(core, "echo", %{"a" => 1}))
    assert_received {:encoded, %{"a" => 1}}
  end

  test "messages have an id of their own each" do
    ids = for _ <- 1..100, do: Protocol.uuid()
    assert length(Enum.uniq(ids)) == 100

    assert Enum.all?(
             ids,
             &(&1 =~ ~r/\A[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\z/)
           )
  end
end
