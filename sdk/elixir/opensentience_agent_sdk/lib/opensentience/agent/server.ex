defmodule OpenSentience.Agent.Server do
  @moduledoc false
  # Keeps the agent's state and runs its callbacks, one after the other, apart from the connection:
  # a slow callback delays no call and no heartbeat.

  use GenServer

  require Logger

  alias OpenSentience.JSON

  # Of a heartbeat's details; more are not sent.
  @max_details_bytes 8192

  @spec start_link({module, map}) :: GenServer.on_start()
  def start_link({agent, info}), do: GenServer.start_link(__MODULE__, {agent, info})

  @spec connected(pid, map) :: :ok
  def connected(server, session), do: GenServer.cast(server, {:connected, session})

  @spec disconnected(pid, String.t()) :: :ok
  def disconnected(server, reason), do: GenServer.cast(server, {:disconnected, reason})

  @doc "Runs `health/1` in the calling process: {status, details} for a heartbeat."
  @spec health(pid) :: {String.t(), map}
  def health(server) do
    {agent, state} = GenServer.call(server, :state, :infinity)

    case agent.health(state) do
      {status, details} when status in [:ok, :degraded, :unhealthy] and is_map(details) ->
        {Atom.to_string(status), sendable(details)}

      _other ->
        {"unhealthy", %{}}
    end
  end

  defp sendable(details) do
    with {:ok, json} <- JSON.encode_to_iodata(details),
         json = IO.iodata_to_binary(json),
         true <- byte_size(json) <= @max_details_bytes do
      %JSON.Fragment{iodata: json}
    else
      _unfit -> %{}
    end
  end

  @impl true
  def init({agent, info}) do
    # So that what was cast before the end is still worked off.
    Process.flag(:trap_exit, true)

    if function_exported?(agent, :init, 1) do
      case agent.init(info) do
        {:ok, state} -> {:ok, {agent, state}}
        {:stop, reason} -> {:stop, reason}
      end
    else
      {:ok, {agent, nil}}
    end
  end

  @impl true
  def handle_call(:state, _from, state), do: {:reply, state, state}

  @impl true
  def handle_cast({:connected, session}, state),
    do: {:noreply, callback(state, :handle_connected, session)}

  def handle_cast({:disconnected, reason}, state),
    do: {:noreply, callback(state, :handle_disconnected, reason)}

  @impl true
  def handle_info(_message, state), do: {:noreply, state}

  defp callback({agent, state}, function, argument) do
    if function_exported?(agent, function, 2) do
      {:ok, state} = apply(agent, function, [argument, state])
      {agent, state}
    else
      {agent, state}
    end
  end
end
