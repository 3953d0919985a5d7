defmodule OpenSentience.ContractCallsTest do
  # The contract of the runtime protocol from the agent's side: the cases about calls.
  use OpenSentience.ConnectionCase

  alias OpenSentience.{JSON, Protocol}

  @id "com.example.fixture"

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
