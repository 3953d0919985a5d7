defmodule OpenSentience.Testing.Recorder do
  @moduledoc false
  # Stands in for the connection when one tool runs alone: keeps what it streams and measures, and
  # answers its invocations with a function of the test.

  use GenServer

  alias OpenSentience.{Error, JSON, Protocol}

  @spec start_link((String.t(), map -> {:ok, map} | {:error, Error.t()}) | nil) ::
          GenServer.on_start()
  def start_link(invoke), do: GenServer.start_link(__MODULE__, invoke)

  @doc "What was streamed, as {channel, text or map}, and the metrics."
  @spec recorded(pid) :: {[{String.t(), String.t() | map}], %{String.t() => number}}
  def recorded(recorder), do: GenServer.call(recorder, :recorded)

  @impl true
  def init(invoke), do: {:ok, %{invoke: invoke, streams: [], metrics: %{}}}

  @impl true
  def handle_call({:stream, _id, channel, data, _bytes}, _from, state) do
    {:ok, data} = data |> JSON.encode!() |> JSON.decode()
    streams = [{channel, Map.get(data, "json", data["text"])} | state.streams]
    {:reply, :ok, %{state | streams: streams}}
  end

  def handle_call({:invoke, _owner, tool_id, input, _timeout}, {waiting, _tag}, state) do
    {:ok, input} = input |> JSON.encode!() |> JSON.decode()
    id = Protocol.uuid()

    send(
      waiting,
      {:opensentience_invocation, id, {:result, invoke(state.invoke, tool_id, input)}}
    )

    {:reply, {:ok, id, self()}, state}
  end

  def handle_call(:recorded, _from, state),
    do: {:reply, {Enum.reverse(state.streams), state.metrics}, state}

  @impl true
  def handle_info({:opensentience_metric, _id, key, number}, state),
    do: {:noreply, put_in(state.metrics[key], number)}

  defp invoke(nil, _tool_id, _input),
    do: {:error, Error.new("tool.unavailable", "The test gave no `invoke:` function.")}

  defp invoke(function, tool_id, input), do: function.(tool_id, input)
end
