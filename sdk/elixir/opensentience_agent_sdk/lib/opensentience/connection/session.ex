defmodule OpenSentience.Connection.Session do
  @moduledoc false
  # Connecting, the handshake, registering tools, heartbeats: what a connection does besides calls.

  require Logger

  alias OpenSentience.{Error, JSON, Protocol}
  alias OpenSentience.Connection.{Calls, State}
  alias OpenSentience.Tool.Spec

  @welcome_ms 10_000
  @connect_ms 5_000
  @send_ms 5_000
  # sun_path holds 108 bytes with its terminator.
  @max_path_bytes 107
  @min_heartbeat_ms 10
  @min_frame_bytes 64 * 1024
  @envelope_bytes 1024
  @sdk_version Mix.Project.config()[:version]

  ## Connecting

  @spec connect(State.t()) :: {:ok, State.t()} | {:error, String.t()}
  def connect(%{launch: %{socket: path}}) when byte_size(path) > @max_path_bytes,
    do: {:error, "the path of the socket has over #{@max_path_bytes} bytes"}

  def connect(state) do
    options = [
      :binary,
      packet: 4,
      packet_size: state.max_frame_bytes,
      active: false,
      send_timeout: @send_ms,
      send_timeout_close: true
    ]

    case :gen_tcp.connect({:local, state.launch.socket}, 0, options, @connect_ms) do
      {:ok, socket} ->
        {:ok, hello(%{state | socket: socket, epoch: state.epoch + 1, unwritten_bytes: 0})}

      {:error, reason} ->
        {:error, "cannot connect to the Core: #{:inet.format_error(reason)}"}
    end
  end

  defp hello(state) do
    launch = state.launch
    Process.send_after(self(), {:welcome_timeout, state.epoch}, @welcome_ms)

    payload = %{
      "session_token" => state.token.(),
      "agent_id" => launch.agent_id,
      "agent_version" => launch.version,
      "manifest_hash" => launch.manifest_hash,
      "protocol" => %{
        "supported_versions" => [Protocol.version()],
        "capabilities" => Protocol.capabilities()
      },
      "sdk" => %{"name" => "opensentience_agent_sdk", "version" => @sdk_version}
    }

    state = if state.options.reconnect, do: state, else: %{state | token: nil}
    State.send_only(%{state | phase: :hello}, "agent.hello", payload)
  end

  ## Welcome

  @spec welcome(State.t(), Protocol.Message.t()) :: {:ok, State.t()} | {:error, String.t()}
  def welcome(_state, %{error: error}) when is_map(error), do: refused(error)
  def welcome(_state, %{payload: %{"error" => error}}) when is_map(error), do: refused(error)

  def welcome(state, %{payload: %{"accepted_version" => version} = payload}) do
    if version == Protocol.version() do
      state = settle(state, payload)
      tools = descriptions(state)

      if tools |> JSON.encode!() |> byte_size() < state.max_frame_bytes - @envelope_bytes do
        {:ok, register_all(state, tools)}
      else
        {:error, "the descriptions of the tools do not fit a frame"}
      end
    else
      {:error, "the Core wants version #{inspect(version)} of the protocol"}
    end
  end

  def welcome(_state, _message), do: {:error, "the Core's welcome is not one"}

  defp refused(error) do
    error = Error.from_wire(error)
    {:error, "the Core refused the agent: #{error.code}: #{error.message}"}
  end

  defp settle(state, payload) do
    bytes = number(payload["max_frame_bytes"], state.max_frame_bytes, @min_frame_bytes)
    :inet.setopts(state.socket, packet_size: bytes)

    %{
      state
      | session_id: payload["session_id"],
        heartbeat_ms: number(payload["heartbeat_interval_ms"], 5_000, @min_heartbeat_ms),
        max_frame_bytes: bytes,
        core_capabilities: list(payload["capabilities"])
    }
  end

  defp number(value, _default, least) when is_integer(value), do: max(value, least)
  defp number(_other, default, _least), do: default

  defp list(list) when is_list(list), do: list
  defp list(_other), do: []

  ## Tools

  defp descriptions(state) do
    for {_id, spec} <- Enum.sort(state.tools), do: Spec.to_wire(spec, state.launch.agent_id)
  end

  defp register_all(state, tools) do
    payload = %{"tools" => tools, "replace" => true}
    {id, state} = State.send_message(state, "agent.tools.register", payload)
    %{state | phase: :registering, registrations: %{id => {:all, Map.keys(state.tools)}}}
  end

  @doc "Adds a tool to a running agent; `from` is answered when the Core has."
  @spec register(State.t(), Spec.t(), GenServer.from()) :: State.t()
  def register(state, spec, from) do
    tool_id = tool_id(state, spec.name)
    payload = %{"tools" => [Spec.to_wire(spec, state.launch.agent_id)]}
    {id, state} = State.send_message(state, "agent.tools.register", payload)
    # From now on, since a call may come right behind the answer.
    state = put_in(state.tools[tool_id], spec)
    put_in(state.registrations[id], {:one, tool_id, from})
  end

  @spec unregister(State.t(), String.t(), GenServer.from()) :: State.t()
  def unregister(state, name, from) do
    tool_id = tool_id(state, name)
    payload = %{"tool_ids" => [tool_id]}
    {id, state} = State.send_message(state, "agent.tools.unregister", payload)
    put_in(state.registrations[id], {:removal, tool_id, from})
  end

  defp tool_id(state, name), do: "#{state.launch.agent_id}/#{name}"

  @doc "`core.tools.registered`: `:ready` when the agent has just become so."
  @spec registered(State.t(), Protocol.Message.t()) ::
          {:ready, State.t()} | {:ok, State.t()} | {:refused, State.t(), String.t()}
  def registered(state, message) do
    {registration, registrations} = pop(state.registrations, message.in_reply_to)
    state = %{state | registrations: registrations}

    case {registration, message.error} do
      {{:all, _tool_ids}, nil} ->
        {:ready, settle_all(state, rejected(message.payload["rejected"]))}

      {{:all, _tool_ids}, error} ->
        error = Error.from_wire(error)
        {:refused, state, "the Core refused the tools: #{error.code}: #{error.message}"}

      {{:one, tool_id, from}, nil} ->
        {:ok, settle_one(state, tool_id, from, rejected(message.payload["rejected"]))}

      {{:one, tool_id, from}, error} ->
        {:ok, settle_one(state, tool_id, from, %{tool_id => Error.from_wire(error)})}

      _unknown ->
        {:ok, state}
    end
  end

  defp settle_all(state, rejected) do
    for {tool_id, error} <- rejected do
      Logger.warning("the Core rejected #{tool_id}: #{error.code}: #{error.message}")
    end

    %{state | tools: Map.drop(state.tools, Map.keys(rejected)), phase: :ready}
  end

  defp settle_one(state, tool_id, from, rejected) do
    case rejected do
      %{^tool_id => error} ->
        GenServer.reply(from, {:error, error})
        %{state | tools: Map.delete(state.tools, tool_id)}

      _accepted ->
        GenServer.reply(from, :ok)
        state
    end
  end

  @doc "`core.tools.unregistered`."
  @spec unregistered(State.t(), Protocol.Message.t()) :: State.t()
  def unregistered(state, message) do
    case {pop(state.registrations, message.in_reply_to), message.error} do
      {{{:removal, tool_id, from}, registrations}, nil} ->
        GenServer.reply(from, :ok)
        %{state | tools: Map.delete(state.tools, tool_id), registrations: registrations}

      {{{:removal, _tool_id, from}, registrations}, error} ->
        GenServer.reply(from, {:error, Error.from_wire(error)})
        %{state | registrations: registrations}

      _unknown ->
        state
    end
  end

  # By the id of the question; a Core that does not repeat it must have answered the only one.
  defp pop(registrations, nil) when map_size(registrations) == 1 do
    [{_id, registration}] = Map.to_list(registrations)
    {registration, %{}}
  end

  defp pop(registrations, id), do: Map.pop(registrations, id)

  defp rejected(list) when is_list(list) do
    for %{"tool_id" => tool_id} = tool <- list, is_binary(tool_id), into: %{} do
      {tool_id, Error.from_wire(tool["error"])}
    end
  end

  defp rejected(_none), do: %{}

  ## Heartbeats

  @spec heartbeat(State.t()) :: State.t()
  def heartbeat(state) do
    {status, details} = state.last_health

    payload = %{
      "session_id" => state.session_id,
      "uptime_ms" => System.monotonic_time(:millisecond) - state.started,
      "inflight_calls" => Calls.inflight(state),
      "status" => status,
      "details" => details
    }

    State.send_only(state, "agent.heartbeat", payload)
  end
end
