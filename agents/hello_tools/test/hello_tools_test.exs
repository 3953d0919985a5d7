defmodule HelloToolsTest do
  use ExUnit.Case

  import OpenSentience.Testing

  alias HelloTools.{HelloWorld, InvalidInput, LargeOutput, Sleep, StreamCounter}
  alias OpenSentience.Testing.FakeCore

  test "the manifest is one that the Core would run, and asks for nothing" do
    manifest = assert_manifest_valid("opensentience.agent.json", HelloTools.Agent)
    assert manifest.fields["permissions"] == []
    summary = for tool <- manifest.fields["tool_summary"], do: tool["name"]
    assert summary == for(spec <- OpenSentience.Agent.tools(HelloTools.Agent), do: spec.name)
  end

  test "hello_world greets, the world by default" do
    assert run_tool(HelloWorld, %{name: "Ada"}) == {{:ok, %{"greeting" => "Hello, Ada!"}}, []}
    assert run_tool(HelloWorld, %{}) == {{:ok, %{"greeting" => "Hello, world!"}}, []}
    assert {{:error, %{code: "tool.invalid_input"}}, []} = run_tool(HelloWorld, %{name: ""})
    assert {{:error, %{code: "tool.invalid_input"}}, []} = run_tool(HelloWorld, %{nme: "Ada"})
  end

  test "stream_counter streams each number" do
    assert {{:ok, %{"count" => 3}}, streams} = run_tool(StreamCounter, %{n: 3})
    assert streams == [{"stdout", "1\n"}, {"stdout", "2\n"}, {"stdout", "3\n"}]
    assert {{:ok, %{"count" => 2}}, _} = run_tool(StreamCounter, %{n: 2, pause_ms: 1})
    assert {{:error, %{code: "tool.invalid_input"}}, []} = run_tool(StreamCounter, %{n: 0})
  end

  test "stream_counter stops between two numbers" do
    assert {{:canceled, "at 1 of 3"}, [{"stdout", "1\n"}]} =
             run_tool(StreamCounter, %{n: 3}, cancelled: true)
  end

  test "sleep sleeps" do
    assert run_tool(Sleep, %{ms: 1}) == {{:ok, %{"slept_ms" => 1}}, [{"status", "sleeping"}]}
  end

  test "invalid_input is refused by the schema or by the tool" do
    assert run_tool(InvalidInput, %{number: 8}) == {{:ok, %{"half" => 4}}, []}

    for number <- [3, 12, "8", 2.5] do
      assert {{:error, error}, []} = run_tool(InvalidInput, %{number: number})

      assert %{code: "tool.invalid_input", details: %{"problems" => [%{"path" => "/number"}]}} =
               error
    end
  end

  test "large_output returns what fits a frame" do
    assert {{:ok, %{"text" => text}}, []} = run_tool(LargeOutput, %{bytes: 1_000_000})
    assert byte_size(text) == 1_000_000

    assert {{:error, %{code: "tool.output_too_large"}}, []} =
             run_tool(LargeOutput, %{bytes: 4_194_304})
  end

  test "the agent serves its five tools over a socket, and stops when told to" do
    core = start_fake_core()
    start_agent(core, HelloTools.Agent)
    assert_registered(core, ~w(hello_world stream_counter sleep invalid_input large_output))

    call = call_tool(core, "stream_counter", %{"n" => 3}, correlation_id: "c-1")
    assert_stream(core, call, for(i <- 1..3, do: {"stdout", "#{i}\n"}))
    assert %{"status" => "succeeded"} = await_result(core, call)

    call = call_tool(core, "sleep", %{"ms" => 600_000})
    assert_stream(core, call, [{"status", "sleeping"}])
    assert %{"accepted" => true} = cancel(core, call, reason: "enough")

    assert %{"status" => "canceled", "error" => %{"message" => "enough"}} =
             await_result(core, call)

    call = call_tool(core, "stream_counter", %{"n" => 10_000, "pause_ms" => 1000})
    assert_stream(core, call, [{"stdout", "1\n"}])
    assert %{"accepted" => true} = cancel(core, call)
    assert %{"status" => "canceled"} = await_result(core, call)

    FakeCore.send_message(core, "core.goodbye", %{"reason" => "done"})
    assert_receive {:agent_stopped, 0}
  end
end
