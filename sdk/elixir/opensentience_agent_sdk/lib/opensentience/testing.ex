defmodule OpenSentience.Testing do
  @moduledoc """
  For the tests of agents. One tool at a time, without a Core:

      assert {{:ok, %{"greeting" => "Hello, Ada!"}}, []} = run_tool(Hello.Tools.Greet, %{name: "Ada"})

  or the whole agent, over a real socket, with `OpenSentience.Testing.FakeCore` at the other end:

      core = start_fake_core()
      start_agent(core, Hello.Agent)
      assert_registered(core, ["greet"])
      call = call_tool(core, "greet", %{"name" => "Ada"})
      assert %{"status" => "succeeded"} = await_result(core, call)

  Both take the ways of the real thing: input and output go through JSON and the schemas.
  """

  import ExUnit.Assertions

  alias OpenSentience.{Agent, Context, Error, JSON, Manifest, Protocol, Tool}
  alias OpenSentience.Testing.{FakeCore, Recorder}
  alias OpenSentience.Tool.{Runner, Spec}

  @wait_ms 15_000
  @max_output_bytes 4 * 1024 * 1024 - 16 * 1024

  @type stream :: {channel :: String.t(), String.t() | map}

  ## One tool

  @doc """
  Runs a tool as a call would: the input goes through JSON and the input schema, the output back.

  Returns the result, with `{:error, %OpenSentience.Error{}}` for each kind of failure, and what the
  tool streamed. The tool is a module, or `{agent_module, name}` for one of `handle_tool/3`.

  Options: `:agent_id`, `:timeout` (of `Context.remaining_ms/1`), `:caller`, `:correlation_id`,
  `:idempotency_key`, `:context` (the map with `project_root` and the like), `:cancelled` (`true` for
  a call that is canceled already), `:invoke` (a function of tool id and input that answers
  `Context.invoke/4`).
  """
  @spec run_tool(module | {module, String.t()}, map, keyword) ::
          {{:ok, map} | {:error, Error.t()} | {:canceled, String.t() | nil}, [stream]}
  def run_tool(tool, input, options \\ []) do
    spec = spec(tool)
    {:ok, input} = input |> JSON.encode!() |> JSON.decode()
    {:ok, recorder} = Recorder.start_link(options[:invoke])
    context = context(spec, recorder, options)
    if options[:cancelled], do: :atomics.put(context.flag, 1, 1)

    # As a call has a process of its own.
    outcome = Task.await(Task.async(Runner, :run, [spec, input, context]), :infinity)
    {streams, _metrics} = Recorder.recorded(recorder)
    GenServer.stop(recorder)
    {result(outcome, context.agent_id), streams}
  end

  defp spec({agent, name}) do
    Enum.find(Agent.tools(agent), &(&1.name == name)) ||
      raise ArgumentError, "#{inspect(agent)} has no tool named #{inspect(name)}"
  end

  defp spec(module), do: module |> Code.ensure_loaded!() |> Tool.spec()

  defp context(spec, recorder, options) do
    agent_id = options[:agent_id] || "com.example.test"
    timeout = options[:timeout] || spec.timeout

    %Context{
      connection: recorder,
      call_id: Protocol.uuid(),
      tool_id: "#{agent_id}/#{spec.name}",
      agent_id: agent_id,
      flag: :atomics.new(1, []),
      deadline: System.monotonic_time(:millisecond) + timeout,
      caller: options[:caller],
      correlation_id: options[:correlation_id],
      idempotency_key: options[:idempotency_key],
      max_output_bytes: @max_output_bytes,
      info: options[:context] || %{}
    }
  end

  defp result({:succeeded, json}, _agent_id), do: JSON.decode(json)
  defp result({:canceled, note}, _agent_id), do: {:canceled, note}

  defp result({:failed, error}, agent_id) do
    {:ok, wire} = error |> Error.to_wire(agent_id) |> JSON.encode!() |> JSON.decode()
    {:error, Error.from_wire(wire)}
  end

  ## The whole agent

  @doc "Starts a `OpenSentience.Testing.FakeCore` that ends with the test; options as of it."
  @spec start_fake_core(keyword) :: pid
  def start_fake_core(options \\ []) do
    child = %{
      id: make_ref(),
      start: {FakeCore, :start_link, [Keyword.put_new(options, :owner, self())]}
    }

    ExUnit.Callbacks.start_supervised!(child)
  end

  @doc """
  Starts an agent that connects to the fake Core and ends with the test.

  Where the real agent would end its program, the test gets `{:agent_stopped, status}`. Options as of
  `use OpenSentience.Agent`.
  """
  @spec start_agent(pid, module, keyword) :: pid
  def start_agent(core, agent, options \\ []) do
    test = self()

    options =
      Keyword.merge(
        [env: FakeCore.env(core), name: :"agent_#{System.unique_integer([:positive])}"] ++
          [stop: fn status -> send(test, {:agent_stopped, status}) end],
        options
      )

    child = %{id: make_ref(), start: {agent, :start_link, [options]}, type: :supervisor}
    ExUnit.Callbacks.start_supervised!(child)
  end

  @doc "Waits for a message of this type and returns it; `matching` may narrow it down."
  @spec await_message(pid, String.t(), (Protocol.Message.t() -> boolean)) :: Protocol.Message.t()
  def await_message(core, type, matching \\ fn _message -> true end) do
    receive do
      {:fake_core, ^core, %Protocol.Message{type: ^type} = message} ->
        if matching.(message), do: message, else: await_message(core, type, matching)
    after
      @wait_ms -> flunk("no #{type} within #{@wait_ms} ms")
    end
  end

  @doc "Waits for the agent to register, and checks that it is these tools, named."
  @spec assert_registered(pid, [String.t()]) :: [map]
  def assert_registered(core, names) do
    tools = await_message(core, "agent.tools.register").payload["tools"]
    assert Enum.sort(Enum.map(tools, & &1["name"])) == Enum.sort(names)
    agent_id = FakeCore.env(core)["OPENSENTIENCE_AGENT_ID"]
    assert Enum.all?(tools, &(&1["tool_id"] == "#{agent_id}/#{&1["name"]}"))
    # Sent once the registration was answered: calls are taken from here on.
    await_message(core, "agent.heartbeat")
    tools
  end

  @doc """
  Calls a tool by its name and returns the id of the call.

  Options: `:call_id`, `:timeout_ms`, `:idempotency_key`, `:caller`, `:context` for the payload;
  `:request_id`, `:correlation_id`, `:causation_id` for the envelope.
  """
  @spec call_tool(pid, String.t(), map, keyword) :: String.t()
  def call_tool(core, name, input, options \\ []) do
    {links, options} = Keyword.split(options, [:request_id, :correlation_id, :causation_id])
    call_id = options[:call_id] || Protocol.uuid()
    agent_id = FakeCore.env(core)["OPENSENTIENCE_AGENT_ID"]
    payload = %{"call_id" => call_id, "tool_id" => "#{agent_id}/#{name}", "input" => input}

    payload =
      for {key, value} <- Keyword.delete(options, :call_id), into: payload do
        {Atom.to_string(key), value}
      end

    links = Keyword.put_new(links, :request_id, "request-of-" <> call_id)
    FakeCore.send_message(core, "core.tool.call", payload, links)
    call_id
  end

  @doc "Waits for the result of a call and returns its payload."
  @spec await_result(pid, String.t()) :: map
  def await_result(core, call_id), do: await_of(core, "agent.tool.result", call_id).payload

  @doc "Waits for the next messages that a call streams and checks that it is these, in order."
  @spec assert_stream(pid, String.t(), [stream]) :: :ok
  def assert_stream(core, call_id, expected) do
    payloads = for _ <- expected, do: await_of(core, "agent.tool.stream", call_id).payload

    streams =
      for %{"channel" => channel, "data" => data} <- payloads do
        {channel, Map.get(data, "json", data["text"])}
      end

    numbers = Enum.map(payloads, & &1["seq"])
    assert streams == expected

    assert numbers == Enum.sort(Enum.uniq(numbers)),
           "the numbers do not rise: #{inspect(numbers)}"

    :ok
  end

  @doc "Cancels a call and returns the payload of the acknowledgement. Options: `:reason`, `:deadline_ms`."
  @spec cancel(pid, String.t(), keyword) :: map
  def cancel(core, call_id, options \\ []) do
    payload =
      for {key, value} <- options, into: %{"call_id" => call_id}, do: {to_string(key), value}

    FakeCore.send_message(core, "core.tool.cancel", payload)
    await_of(core, "agent.tool.cancel_ack", call_id).payload
  end

  # Takes the oldest message of this type and call; the others stay in the mailbox.
  defp await_of(core, type, call_id) do
    receive do
      {:fake_core, ^core,
       %Protocol.Message{type: ^type, payload: %{"call_id" => ^call_id}} = message} ->
        message
    after
      @wait_ms -> flunk("no #{type} of that call within #{@wait_ms} ms")
    end
  end

  ## The manifest

  @doc """
  Checks that the manifest is one that the Core would run, and that it asks for every permission that
  the tools of `agent`, if given, need.
  """
  @spec assert_manifest_valid(Path.t(), module | nil) :: Manifest.t()
  def assert_manifest_valid(path \\ Manifest.file_name(), agent \\ nil) do
    assert {:ok, manifest} = Manifest.read(path)
    assert Manifest.problems(manifest) == []

    for %Spec{} = spec <- if(agent, do: Agent.tools(agent), else: []) do
      assert spec.permissions -- Manifest.permissions(manifest) == [],
             "#{spec.name} needs permissions that the manifest does not ask for"
    end

    manifest
  end
end
