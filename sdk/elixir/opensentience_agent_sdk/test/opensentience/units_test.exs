defmodule OpenSentience.UnitsTest do
  # Errors, envelopes, text, tool definitions and the test helper for one tool.
  use ExUnit.Case, async: true

  import OpenSentience.Testing

  alias OpenSentience.{Agent, Error, Fixture, JSON, Protocol, Text, Tool}
  alias OpenSentience.Connection.Call

  doctest Error
  doctest Protocol

  describe "errors" do
    test "go out with the agent's prefix unless the protocol has them for tools" do
      for {code, expected} <- [
            {"tool.busy", "tool.busy"},
            {"protocol.shutting_down", "protocol.shutting_down"},
            {"limit.rate", "tool.failed"},
            {"permission.denied", "tool.failed"},
            {"tool.confirmation_required", "tool.failed"},
            {"quota", "com.x.y.quota"},
            {"com.x.y.quota", "com.x.y.quota"},
            {"tool.invented", "com.x.y.tool.invented"},
            {"Not A Code", "tool.failed"},
            {"", "tool.failed"},
            {String.duplicate("x", 64), "com.x.y." <> String.duplicate("x", 64)},
            {String.duplicate("x", 65), "tool.failed"}
          ] do
        assert Error.to_wire(Error.new(code, "m"), "com.x.y")["code"] == expected
      end
    end

    test "may be retried as the protocol says, whatever the author says" do
      retryable = for code <- Error.codes(), Error.new(code, "m").retryable, do: code

      assert retryable ==
               ~w(agent.disconnected agent.unhealthy limit.concurrency limit.rate tool.busy tool.timeout)

      error = %{Error.new("tool.failed", "m") | retryable: true}
      refute Error.to_wire(error, "com.x.y")["retryable"]
    end

    test "are cut to size and made of text" do
      wire = Error.to_wire(Error.new("x", String.duplicate("é", 2000) <> <<0xFF>>), "com.x.y")
      assert byte_size(wire["message"]) <= 1000
      assert String.valid?(wire["message"])
      big = Error.new("x", "m", details: %{a: String.duplicate("x", 10_000)})
      refute is_map_key(Error.to_wire(big, "com.x.y"), "details")
      odd = Error.new("x", "m", details: %{a: self()})
      refute is_map_key(Error.to_wire(odd, "com.x.y"), "details")
    end

    test "are read from whatever came" do
      assert %Error{code: "internal.error"} = Error.from_wire(nil)
      assert %Error{code: "a.b", message: "a.b"} = Error.from_wire(%{"code" => "a.b"})
    end
  end

  describe "text" do
    test "is cut between characters" do
      assert Text.prefix("aé", 2) == "a"
      assert Text.prefix("aé", 3) == "aé"
      assert Text.prefix("😀", 3) == ""
      assert Text.chunks("aaééé", 4) == ["aaé", "éé"]
      assert Text.chunks("", 4) == [""]
    end

    test "has bytes that are none replaced" do
      assert Text.scrub(<<"a", 0xFF, "b", 0xC3>>) == "a\uFFFDb\uFFFD"
      assert Text.scrub("é\0") == "é\uFFFD"
      assert Text.scrub("é") == "é"
    end
  end

  test "a message comes back from its bytes" do
    bytes =
      Protocol.encode("core.ping", %{"nonce" => "n"}, request_id: "r", error: %{code: "a.b"})

    assert {:ok, message} = Protocol.decode(bytes)
    assert %{type: "core.ping", payload: %{"nonce" => "n"}, request_id: "r"} = message
    assert %{error: %{"code" => "a.b"}, correlation_id: nil} = message
  end

  test "what a call has come to follows from what it was asked" do
    ok = {:succeeded, "{}"}
    failed = {:failed, Error.new("x", "m")}
    assert Call.decide(:running, ok) == ok
    assert Call.decide(:running, failed) == failed
    assert Call.decide({:canceling, "r"}, ok) == ok
    assert Call.decide({:canceling, "r"}, failed) == {:canceled, nil}
    assert Call.decide({:canceling, "r"}, {:canceled, "n"}) == {:canceled, "n"}
    assert Call.decide(:answered, ok) == :nothing
  end

  describe "a tool's definition" do
    test "comes from the options, the module and its documentation" do
      defmodule Sample.WordCount do
        @moduledoc """
        Counts words.
        """
        use OpenSentience.Tool,
          output: [words: [type: :integer, required: true]],
          permissions: ["filesystem:read:~/x/**"],
          side_effects: true,
          timeout: 5_000

        @impl true
        def run(_input, _context), do: {:ok, %{words: 1}}
      end

      assert %Tool.Spec{
               name: "word_count",
               description: "Counts words.",
               input_schema: %{"type" => "object"},
               output_schema: %{"required" => ["words"]},
               permissions: ["filesystem:read:~/x/**"],
               side_effects: true,
               timeout: 5_000
             } = Tool.spec(Sample.WordCount)
    end

    test "may be made of callbacks" do
      defmodule Sample.Dynamic do
        use OpenSentience.Tool
        @impl true
        def name, do: "other-name"
        @impl true
        def description, do: "Other."
        @impl true
        def input_schema, do: %{"type" => "object", "maxProperties" => 1}
        @impl true
        def run(_input, _context), do: :ok
      end

      assert %{name: "other-name", description: "Other.", input_schema: %{"maxProperties" => 1}} =
               Tool.spec(Sample.Dynamic)
    end

    test "is checked when it is compiled" do
      for {options, message} <- [
            {[nmae: "x"], "unknown option :nmae"},
            {[name: "Bad Name"], "name must be"},
            {[capabilities: [:flying]], "capabilities may"},
            {[description: String.duplicate("x", 4001)], "description must"},
            {[tags: [""]], "tags must"},
            {[permissions: ["all of them"]], "permissions must"},
            {[timeout: 0], "timeout must"},
            {[side_effects: :maybe], "side_effects must"},
            {[validate: 1], "validate must"},
            {[input: [], input_schema: %{}], "a schema is given once"},
            {[input_schema: %{"description" => String.duplicate("x", 65_536)}], "within 64 KiB"}
          ] do
        code =
          quote do
            defmodule Sample.Broken do
              use OpenSentience.Tool, unquote(Macro.escape(options))
              def run(_input, _context), do: :ok
            end
          end

        error = assert_raise ArgumentError, fn -> Code.eval_quoted(code) end
        assert Exception.message(error) =~ message
      end
    end
  end

  test "an agent's definition is checked too" do
    assert_raise ArgumentError, ~r/otp_app/, fn -> Agent.check_options!(tools: []) end
    assert_raise ArgumentError, ~r/:tool /, fn -> Agent.check_options!(otp_app: :x, tool: []) end

    defmodule Sample.Twice do
      use OpenSentience.Agent, otp_app: :sample, tools: [Fixture.Echo, {"echo", []}]
    end

    assert_raise ArgumentError, ~r/two tools named "echo"/, fn -> Agent.tools(Sample.Twice) end
  end

  describe "run_tool" do
    test "returns the output and the streams as a caller would see them" do
      assert run_tool(Fixture.Echo, %{a: :b, at: ~D[2026-01-01]}) ==
               {{:ok, %{"a" => "b", "at" => "2026-01-01"}}, []}

      assert run_tool(Fixture.Count, %{n: 2}) ==
               {{:ok, %{"count" => 2}}, [{"status", "step 1"}, {"status", "step 2"}]}

      assert run_tool({Fixture.Agent, "reverse"}, %{text: "ab"}) == {{:ok, %{"text" => "ba"}}, []}
    end

    @tag capture_log: true
    test "returns every kind of failure" do
      assert {{:error, %Error{code: "tool.invalid_input"}}, []} = run_tool(Fixture.Count, %{n: 0})

      assert {{:error, %Error{code: "tool.crashed"}}, []} =
               run_tool(Fixture.Result, %{as: "raise"})

      assert {{:error, %Error{code: "com.example.test.quota"}}, []} =
               run_tool(Fixture.Result, %{as: "error"})

      assert {{:canceled, "changed my mind"}, []} = run_tool(Fixture.Result, %{as: "canceled"})
    end

    test "checks the output against its schema" do
      defmodule Sample.Liar do
        use OpenSentience.Tool, output: [n: [type: :integer, required: true]]
        @impl true
        def run(input, _context), do: {:ok, input}
      end

      assert {{:ok, %{"n" => 1}}, []} = run_tool(Sample.Liar, %{n: 1})

      assert {{:error, %Error{code: "tool.invalid_output"}}, []} =
               run_tool(Sample.Liar, %{n: "x"})
    end

    test "answers calls to other tools with the test's function" do
      shout = fn "com.example.other/shout", %{"text" => text} ->
        {:ok, %{"text" => String.upcase(text)}}
      end

      assert run_tool(Fixture.Invoker, %{text: "hi"}, invoke: shout) ==
               {{:ok, %{"text" => "HI"}}, []}

      assert {{:error, %Error{code: "tool.unavailable"}}, []} = run_tool(Fixture.Invoker, %{})
    end

    test "calls no tool whose id is none" do
      defmodule Sample.Lost do
        use OpenSentience.Tool
        @impl true
        def run(%{"to" => tool_id}, context),
          do: OpenSentience.Context.invoke(context, tool_id, %{})
      end

      answer = fn _tool_id, _input -> {:ok, %{}} end

      for to <- ["", "shout", "com.example.other/", "a b/c", String.duplicate("x", 200) <> "/y"] do
        assert {{:error, %Error{code: "tool.not_found"}}, []} =
                 run_tool(Sample.Lost, %{to: to}, invoke: answer)
      end

      assert {{:ok, %{}}, []} =
               run_tool(Sample.Lost, %{to: "com.example.other/x"}, invoke: answer)
    end

    test "gives the tool what the test says about the call" do
      defmodule Sample.Curious do
        use OpenSentience.Tool
        alias OpenSentience.Context

        @impl true
        def run(_input, context) do
          {:ok,
           %{
             caller: Context.caller(context),
             key: Context.idempotency_key(context),
             root: Context.project_root(context),
             cancelled: Context.cancelled?(context),
             has_time: Context.remaining_ms(context) <= 50
           }}
        end
      end

      options = [
        caller: %{type: "human", id: "ada"},
        idempotency_key: "k",
        context: %{"project_root" => "/src"},
        cancelled: true,
        timeout: 50
      ]

      assert {{:ok, output}, []} = run_tool(Sample.Curious, %{}, options)

      assert output == %{
               "caller" => %{"type" => "human", "id" => "ada"},
               "key" => "k",
               "root" => "/src",
               "cancelled" => true,
               "has_time" => true
             }
    end
  end

  test "a frame of envelope and payload is one JSON object" do
    assert {:ok, %{"v" => 1, "payload" => %{"a" => 1}}} =
             "x" |> Protocol.encode(%{a: 1}) |> JSON.decode()
  end
end
